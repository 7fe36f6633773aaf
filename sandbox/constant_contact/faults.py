"""Faults that tests inject: the next requests that match go wrong in the chosen way."""

import fnmatch
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from werkzeug.wrappers import Response

KINDS = (
    "400",
    "404",
    "500",
    "502",
    "503",
    "504",
    "429_throttled",
    "429_quota",
    "drop_before",
    "drop_after",
    "slow",
    "html",
    "html_200",
    "empty",
    "garbage",
    "truncated",
    "401",
    "403",
)
# These meet the request after its work: what is spoilt is the answer.
AFTER = ("drop_after", "truncated")
HTML = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(slots=True)
class Fault:
    """`match` is "METHOD /path" with shell wildcards; `after` lets the request do its work first; `seconds` pass
    before it is answered, or dropped."""

    match: str
    kind: str
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    after: bool = False


class Faults:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(
        self, match: str, kind: str, times: int = 1, skip: int = 0, seconds: float | None = None, after: bool = False
    ) -> None:
        """Raises ValueError when there is no such kind."""
        if kind not in KINDS:
            raise ValueError(f"A fault may be one of {', '.join(KINDS)}, not {kind!r}.")
        usual = 1.0 if kind == "slow" else 0.0
        fault = Fault(match, kind, times, skip, usual if seconds is None else seconds, after or kind in AFTER)
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault this request meets, counted down."""
        with self._lock:
            return counted_down(
                self._faults,
                lambda fault: any(fnmatch.fnmatchcase(name, fault.match) for name in (f"{method} {path}", path)),
            )


class Counted(Protocol):
    times: int
    skip: int


C = TypeVar("C", bound=Counted)


def counted_down(faults: list[C], meets: Callable[[C], bool] = lambda fault: True) -> C | None:
    """Return the first that is met and skips no more, and take it out once it was met `times` times."""
    for fault in filter(meets, list(faults)):
        if fault.skip > 0:
            fault.skip -= 1
            continue
        fault.times -= 1
        if fault.times <= 0:
            faults.remove(fault)
        return fault
    return None


_BODIES: dict[str, tuple[int, str, str]] = {
    "500": (500, '[{"error_key":"contacts.api.server.error","error_message":"Internal server error"}]', "json"),
    "502": (502, '{"message":"Internal server error"}', "json"),
    "503": (503, '[{"error_key":"contacts.api.unavailable","error_message":"Service unavailable"}]', "json"),
    "504": (504, '{"message":"Endpoint request timed out"}', "json"),
    "429_throttled": (429, '{"error_key":"throttled","error_message":"Too Many Requests"}', "json"),
    "429_quota": (429, '{"error_key":"quota_exceeded","error_message":"Limit Exceeded"}', "json"),
    "400": (400, '[{"error_key":"contacts.api.validation.error","error_message":"import_data is invalid"}]', "json"),
    "404": (404, '[{"error_key":"contacts.api.not_found","error_message":"activity_id is not found."}]', "json"),
    "401": (401, '{"error_key":"unauthorized","error_message":"Unauthorized"}', "json"),
    "403": (
        403,
        '{"error_key":"access_denied","error_message":"Request forbidden due to insufficient user privileges."}',
        "json",
    ),
    "html": (502, HTML, "html"),
    "html_200": (200, HTML, "html"),
    "empty": (200, "", "json"),
    "garbage": (200, '{"activity_id": "6b0', "json"),
}


def answer(fault: Fault, response: Response | None) -> Response | None:
    """What is answered in place of `response`; None where that is the API's own answer, or none at all."""
    if fault.kind == "truncated" and response is not None:
        body = response.get_data()
        return Response(body[: len(body) // 2], response.status, mimetype="application/json")
    if fault.kind not in _BODIES:
        return None
    status, body, kind = _BODIES[fault.kind]
    return Response(body, status, mimetype="text/html" if kind == "html" else "application/json")
