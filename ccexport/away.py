"""A page that says so when the database does not answer, instead of the page about an unexpected error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from .health import database_answers

RETRY_AFTER = "30"  # seconds


class DatabaseAwayMiddleware:
    """Outermost but for the security headers: sessions and people are read from the database as well.

    Django makes a response of an error at the innermost middleware, with DEBUG even another one; so the error is noted
    when Django tells of it, and the response is replaced on its way out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 500 and getattr(request, "database_is_away", False):
            page = render_to_string("503.html")
            return HttpResponse(page, status=503, headers={"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"})
        return response


def note(sender: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """A table that is missing, a lock and a deadlock are such errors too: then the database answers all the same."""
    is_such = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    if request is not None and is_such and not database_answers():
        request.database_is_away = True  # type: ignore[attr-defined]


got_request_exception.connect(note, dispatch_uid="ccexport.database_away")
