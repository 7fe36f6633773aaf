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
        request_id = request.headers.get(HEADER, "")
        if not _ACCEPTED.fullmatch(request_id):
            request_id = uuid.uuid4().hex
        began = time.monotonic()
        with bound(request_id=request_id):
            response = self.get_response(request)
            status = response.status_code
            user = getattr(request, "_cached_user", None)  # if a view wanted to know: a probe asks no database
            event(
                logger,
                "request",
                logging.ERROR if status >= 500 else logging.WARNING if status >= 400 else logging.INFO,
                method=request.method,
                path=request.path,  # without the query: people search for addresses
                status=status,
                ms=round((time.monotonic() - began) * 1000),
                user_id=user.pk if user is not None else None,
            )
        response.headers[HEADER] = request_id
        response._has_been_logged = True  # type: ignore[attr-defined]  # else Django adds a line without the id
        return response
