"""One authorised call of the API, and what the handlers of all resources need to read it and to answer it."""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from werkzeug.wrappers import Request, Response

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.clock import stamp
from sandbox.constant_contact.errors import validation
from sandbox.constant_contact.world import World

Answer = tuple[int, Any] | Response


@dataclass(slots=True)
class Call:
    world: "World"
    request: Request
    account: "Account"
    client_id: str = ""
    args: dict[str, str] = field(default_factory=dict)
    noted: dict[str, Any] = field(default_factory=dict)

    @property
    def now(self) -> float:
        return self.world.clock.now()

    def switch(self, name: str) -> Any:
        return self.world.switches[name]

    def stamp(self, moment: float) -> str:
        return stamp(moment, self.switch("timestamps"))

    def json(self) -> dict[str, Any]:
        """The JSON object sent. 415 for another content type, 400 for anything that is no JSON object."""
        if self.request.mimetype != "application/json":
            raise validation("Content-Type must be application/json", status=415)
        try:
            body = json.loads(self.request.get_data())
        except ValueError as error:
            raise validation("The request body is not valid JSON") from error
        if not isinstance(body, dict):
            raise validation("The request body must be a JSON object")
        return body


class Route(NamedTuple):
    """An address of the API and what a token needs to use it."""

    method: str
    path: str
    handler: Callable[[Call], Answer]
    privilege: str | None = None
    scope: str | None = "contact_data"


# Pages of collections: the cursor carries the filters, so a next link needs nothing else.
def read_query(call: Call) -> tuple[dict[str, str], int]:
    """The filters of this page and the position it starts after (-1 for the first)."""
    query = call.request.args.to_dict()
    cursor = query.get("cursor")
    if cursor is None:
        return query, -1
    try:
        filters, position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return dict(filters), int(position)
    except (binascii.Error, ValueError, TypeError) as error:
        raise validation("cursor does not have a valid value") from error


def read_limit(query: dict[str, str], default: int, limit: int) -> int:
    text = query.get("limit", str(default))
    if not text.isdigit() or not 1 <= int(text) <= limit:
        raise validation("limit does not have a valid value")
    return int(text)


def read_choices(query: dict[str, str], name: str, allowed: tuple[str, ...], default: str = "") -> set[str]:
    """A comma-separated filter; 400 when one value is not among the allowed."""
    chosen = {part.strip() for part in query.get(name, default).split(",") if part.strip()}
    if not chosen <= set(allowed):
        raise validation(f"{name} does not have a valid value")
    return chosen


def read_flag(query: dict[str, str], name: str) -> bool:
    text = query.get(name, "false").lower()
    if text not in ("true", "false"):
        raise validation(f"{name} does not have a valid value")
    return text == "true"


def with_next(body: dict[str, Any], path: str, query: dict[str, str], position: int | None) -> dict[str, Any]:
    """The body, with a link to the next page unless this is the last (`position` None)."""
    if position is not None:
        packed = json.dumps([query, position], separators=(",", ":")).encode()
        cursor = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        body["_links"] = {"next": {"href": f"{path}?cursor={cursor}"}}
    return body


def read_ids(body: dict[str, Any], name: str, limit: int) -> list[str]:
    """A required array of 1 to `limit` texts."""
    ids = body.get(name)
    if not ids:
        raise validation(f"{name} is missing")
    if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
        raise validation(f"{name} must be an array of strings")
    if len(ids) > limit:
        raise validation(f"{name} may have at most {limit} items")
    return ids
