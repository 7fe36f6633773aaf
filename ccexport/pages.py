"""What the pages about the system share: the frame of the admin. Their rights are asked as those of segments are."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from web.pages import View as View
from web.pages import allowed as allowed


def page(request: HttpRequest, template: str, *, title: Any, **context: Any) -> TemplateResponse:
    """Render one of our pages inside the admin's frame."""
    request.current_app = admin.site.name
    return TemplateResponse(request, template, {**admin.site.each_context(request), "title": title, **context})
