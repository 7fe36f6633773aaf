"""A page that says so when database, storage or disk are away, instead of the page about an unexpected error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from engine.outages import StorageUnavailableError, outage_of

from .health import database_answers

RETRY_AFTER = "30"  # seconds
FULL = ("database or disk is full", "No space left on device")


class AwayMiddleware:
    """Outermost but for the security headers: sessions and people are read from the database as well.

    Django makes a response of an error at the innermost middleware, with DEBUG even another one; so the error is noted
    when Django tells of it, and the response is replaced on its way out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 500 or not hasattr(request, "what_is_away"):
            return response
        outage: StorageUnavailableError | None = request.what_is_away
        headers = {"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"}
        if outage and request.headers.get("X-Requested-With") == "XMLHttpRequest":
            text = str(outage)  # a script shows it at the file that was sent, or at what it asked for
            return JsonResponse({"problem": text, "errors": {"file": [text]}}, status=503, headers=headers)
        return HttpResponse(render_to_string("503.html", {"outage": outage}), status=503, headers=headers)


def note(sender: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
    """Note what is away: storage or disk, or None for the database.

    A table that is missing, a lock and a deadlock are errors of the database too: then it answers all the same.
    """
    if request is None:
        return
    error = sys.exc_info()[1]
    # SQLite and PostgreSQL go on answering when their disk is full, and refuse whatever is written.
    is_full = isinstance(error, OperationalError) and any(words in str(error) for words in FULL)
    if outage := StorageUnavailableError(is_full=True) if is_full else outage_of(error):
        request.what_is_away = outage  # type: ignore[attr-defined]
    elif isinstance(error, (OperationalError, InterfaceError)) and not database_answers():
        request.what_is_away = None  # type: ignore[attr-defined]


got_request_exception.connect(note, dispatch_uid="ccexport.away")
