"""The gateway of the API: who may call what, how often; then the handler of the address."""

import json
import uuid
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.constant_contact import (
    account_info,
    activities,
    automations,
    contact_exports,
    contacts,
    custom_fields,
    imports,
    lists,
    membership,
)
from sandbox.constant_contact.call import Call, Route
from sandbox.constant_contact.errors import ApiError, access_denied, entry, not_found, unauthorized, validation
from sandbox.constant_contact.tokens import Grant
from sandbox.constant_contact.world import READ_BUDGET, World

ROUTES: list[Route] = [
    *account_info.ROUTES,
    *lists.ROUTES,
    *custom_fields.ROUTES,
    *imports.ROUTES,
    *membership.ROUTES,
    *contact_exports.ROUTES,
    *activities.ROUTES,
    *contacts.ROUTES,
    *automations.ROUTES,
]
MAP = Map(
    [Rule(route.path, methods=[route.method], endpoint=route) for route in ROUTES],
    strict_slashes=False,
    merge_slashes=False,
)


def respond(world: World, request: Request, noted: dict[str, Any]) -> Response:
    """The API's answer to this request. `noted` receives what the journal tells about it."""
    try:
        answer = _call(world, request, noted)
    except ApiError as error:
        body = error.body
        if error.status == 404 and world.switches["not_found_body"] == "object":
            body = body[0]
        answer = as_response(error.status, body, error.headers)
    answer.headers["x-amzn-RequestId"] = str(uuid.uuid4())
    return answer


def as_response(status: int, body: Any, headers: dict[str, str] | None = None) -> Response:
    if isinstance(body, str):
        return Response(body, status, headers, mimetype="text/html")
    text = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
    return Response(text, status, headers, mimetype="application/json")


def _call(world: World, request: Request, noted: dict[str, Any]) -> Response:
    if not request.path.startswith("/v3/"):
        raise ApiError(403, {"message": "Forbidden"})
    grant = _grant(world, request)
    noted["client_id"] = grant.client_id
    world.limits.count(grant.client_id)
    if world.applications[grant.client_id].deactivated:
        raise access_denied("The application is deactivated.")
    route, args = _route(request)
    noted["route"] = route.path
    _check_scope(world, route, grant)
    owner = world.account_of(grant)
    if owner is None:
        raise unauthorized()
    if route.privilege and route.privilege not in owner.privileges:
        raise access_denied()
    call = Call(world, request, owner, grant.client_id, args, noted)
    with owner.lock:
        if request.method == "GET":
            world.settle(owner, READ_BUDGET)
        answer = route.handler(call)
    return answer if isinstance(answer, Response) else as_response(*answer)


def _grant(world: World, request: Request) -> Grant:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = world.tokens.find(token.strip()) if kind.lower() == "bearer" else None
    if grant is None or grant.client_id not in world.applications:
        raise unauthorized()
    return grant


def _route(request: Request) -> tuple[Route, dict[str, str]]:
    try:
        route, args = MAP.bind(request.host).match(request.path, request.method)
    except MethodNotAllowed as error:
        raise ApiError(405, [entry("contacts.api.method_not_allowed", "Method Not Allowed")]) from error
    except NotFound as error:
        raise not_found() from error
    accepted = request.accept_mimetypes
    if accepted and not route.path.startswith("/v3/contact_exports/") and "application/json" not in accepted:
        raise validation("Accept must allow application/json", status=406)
    return route, dict(args)


def _check_scope(world: World, route: Route, grant: Grant) -> None:
    if route.scope is None or route.scope in grant.scopes:
        return
    denied = access_denied("Request forbidden due to insufficient scope.")
    kind = world.switches["scope_error_body"]
    raise ApiError(403, {"object": denied.body, "array": [denied.body], "empty": None}[kind])
