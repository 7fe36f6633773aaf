"""The WSGI application: sends a request to the API, the authorization server, the control or a page, meets faults on
the way, and keeps the journal."""

import sys
import time
import traceback
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from sandbox.constant_contact import control, faults, foreign_jobs, gateway, oauth, pages
from sandbox.constant_contact.clock import stamp
from sandbox.constant_contact.errors import ApiError, entry
from sandbox.constant_contact.world import Refusal, World
from sandbox.server import ConnectionDropped

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BUG = "The sandbox has a bug; its output says where."
OWN_PATHS = ("/lists/", control.PATH)
TOKEN_PATHS = (f"{oauth.PATH}/token", f"{oauth.PATH}/revoke")


class Sandbox:
    """The application; its `world` is the state of one sandbox."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        try:
            response = (
                self._own(request)
                if request.path == "/" or request.path.startswith(OWN_PATHS)
                else self._foreign(request)
            )
        except ConnectionDropped:
            raise
        except Exception:
            traceback.print_exc(file=sys.stderr)
            response = gateway.as_response(500, [entry("contacts.api.server.error", BUG)])
        return response(environ, start_response)

    def _own(self, request: Request) -> Response:
        if request.path.startswith(control.PATH):
            return control.respond(self.world, request)
        self.world.settle_all()
        if request.path == "/":
            return pages.overview(self.world)
        return pages.members(self.world, request.path.removeprefix("/lists/"))

    def _foreign(self, request: Request) -> Response:
        noted: dict[str, Any] = {
            "time": stamp(self.world.clock.now(), "milliseconds"),
            "method": request.method,
            "path": request.path,
            "route": request.path,
            "status": 0,
            "body_bytes": request.content_length or 0,
        }
        journal = self.world.journal
        try:
            response = self._through_faults(request, noted)
            noted["status"] = response.status_code
            return response
        finally:
            journal.add(noted)

    def _through_faults(self, request: Request, noted: dict[str, Any]) -> Response:
        foreign_jobs.beside(self.world, request)
        fault = self.world.faults.take(request.method, request.path)
        if fault is None:
            return self._respond(request, noted)
        noted["fault"] = fault.kind
        journal = self.world.journal
        response = self._respond(request, noted) if fault.after else None
        time.sleep(fault.seconds)
        # A reset: the request belongs to a world that is gone.
        if fault.kind.startswith("drop_") or self.world.journal is not journal:
            raise ConnectionDropped
        return faults.answer(fault, response) or response or self._respond(request, noted)

    def _respond(self, request: Request, noted: dict[str, Any]) -> Response:
        try:
            if request.path == f"{oauth.PATH}/authorize" and request.method in ("GET", "POST"):
                return oauth.authorize(self.world, request)
            if request.path == f"{oauth.PATH}/keys":
                return gateway.as_response(200, self.world.tokens.key_set())
            if request.path in TOKEN_PATHS and request.method == "POST":
                return self._token(request, noted)
            return gateway.respond(self.world, request, noted)
        except Refusal as refusal:
            return pages.problem(str(refusal))

    def _token(self, request: Request, noted: dict[str, Any]) -> Response:
        try:
            if request.path == TOKEN_PATHS[1]:
                return gateway.as_response(*oauth.revoke(self.world, request))
            noted["grant_type"] = request.values.get("grant_type", "")
            return gateway.as_response(
                *oauth.token(self.world, request), headers={"Cache-Control": "no-cache, no-store"}
            )
        except ApiError as error:
            return gateway.as_response(error.status, error.body, error.headers)
