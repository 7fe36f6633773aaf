"""The page that deletes a segment or a source: it asks first, and refuses while something uses the row."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from profiles.deletion import GoneError, InUseError, uses_of
from web.pages import page, uses_with_pages


def removal(
    request: HttpRequest, row: Any, delete: Callable[[Any], None], url: Callable[..., str], *, title: str, deleted: str
) -> HttpResponseBase:
    """Show the question; a POST calls `delete`. `deleted` is said when it is done, with the row's `name` in it."""
    here = url("change", row.pk)
    if request.method != "POST":
        uses = uses_with_pages(request, uses_of(row))
        return page(request, "segments/remove.html", title=title, row=row, uses=uses, cancel=here)
    try:
        delete(row)
    except InUseError as error:
        messages.error(request, str(error))
        return redirect(here)
    except GoneError:
        pass  # somebody else deleted it a moment ago
    messages.success(request, deleted % {"name": row.name})
    return redirect(url("changelist"))
