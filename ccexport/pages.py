"""What the pages about the system share: the frame of the admin, the right to them, and their addresses."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

View = Callable[..., HttpResponseBase]


def allowed(right: Callable[[Any], bool]) -> Callable[[View], View]:
    """Refuse whoever lacks the right, before anything else is looked at."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not right(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return checked

    return decorate


def page(request: HttpRequest, template: str, *, title: Any, **context: Any) -> TemplateResponse:
    """Render one of our pages inside the admin's frame."""
    request.current_app = admin.site.name
    return TemplateResponse(request, template, {**admin.site.each_context(request), "title": title, **context})
