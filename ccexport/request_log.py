"""One line for each web request, and an id that everything written on its behalf carries."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from logs import bound, event

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
# What a proxy may send: nothing that could end a line, name a person or be a token.
_ACCEPTED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


class RequestLogMiddleware:
    """The outermost one. Takes over the id that a proxy gave the request, or makes one, and sends it back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        told = request.headers.get(HEADER, "")
        request_id = told if _ACCEPTED.fullmatch(told) else uuid.uuid4().hex
        began = time.monotonic()
        with bound(request_id=request_id):
            response = self.get_response(request)
            event(
                logger,
                "request",
                _level(response.status_code),
                method=request.method,
                path=request.path,  # without the query: people search for addresses
                status=response.status_code,
                ms=round((time.monotonic() - began) * 1000),
                user_id=_user_id(request),
            )
        response.headers[HEADER] = request_id
        response._has_been_logged = True  # type: ignore[attr-defined]  # else Django adds a line without the id
        return response


def _level(status: int) -> int:
    return logging.ERROR if status >= 500 else logging.WARNING if status >= 400 else logging.INFO


def _user_id(request: HttpRequest) -> int | None:
    """Who asked, if a view wanted to know: a probe must not ask the database for it."""
    user = getattr(request, "_cached_user", None)
    return user.pk if user is not None else None
