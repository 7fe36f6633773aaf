"""How any page of ours stands in the admin: its frame, the right to it, its row, and the history of that row."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

View = Callable[..., HttpResponseBase]


def allowed(right: Callable[..., bool], rows: models.QuerySet[Any] | None = None) -> Callable[[View], View]:
    """Refuse whoever lacks the right, before anything else is looked at.

    With `rows`: the right to the one whose number is in the address; the view gets that row instead of the number.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            row = () if rows is None else (get_object_or_404(rows, pk=kwargs.pop("pk")),)
            if not right(request.user, *row):
                raise PermissionDenied
            return view(request, *row, *args, **kwargs)

        return checked

    return decorate


def page(
    request: HttpRequest, template: str, *, title: Any, row: Any = None, model: Any = None, **context: Any
) -> TemplateResponse:
    """Render one of our pages inside the admin's frame: about a row, a model without one, or the whole system."""
    request.current_app = admin.site.name
    if model or row:
        context |= {"opts": (model or row)._meta, "original": row}
    return TemplateResponse(request, template, {**admin.site.each_context(request), "title": title, **context})


def record(request: HttpRequest, row: models.Model, change: str, flag: int = CHANGE) -> None:
    """Write into the row's history who did what."""
    person: Any = request.user
    LogEntry.objects.log_actions(person.pk, [row], flag, change, single_object=True)


def uses_with_pages(request: HttpRequest, uses: list[models.Model]) -> list[dict[str, Any]]:
    """Return what uses a row: its kind, its name, and its page if this person may open it."""
    site: Any = admin.site
    return [{"kind": use._meta.verbose_name, "name": str(use), "href": site.row_page(request, use)} for use in uses]


def may_add(request: HttpRequest, model: str) -> bool:
    """Whether this person may make a new `model` ("app.Model"), of whatever app it is."""
    site: Any = admin.site
    return site.add_page(request, model) is not None
