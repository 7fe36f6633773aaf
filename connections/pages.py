"""What all pages about connections share: the frame of the admin, the right to see them, and the way to a row."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.http.request import split_domain_port
from django.template.response import TemplateResponse
from django.urls import reverse

from .authorization import origins
from .models import Connection
from .permissions import can_manage_connections

View = Callable[..., HttpResponseBase]


def administrators_only(view: View) -> View:
    """Refuse everybody who may not manage connections, before anything else is looked at."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not can_manage_connections(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


def leads_to_constant_contact(view: View) -> View:
    """Let a form on this page end up at Constant Contact: browsers apply form-action to the redirects as well."""

    @wraps(view)
    def widened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return csp_update({"form-action": origins()})(view)(request, *args, **kwargs)

    return widened


def page(
    request: HttpRequest, template: str, *, title: Any, connection: Connection | None = None, **context: Any
) -> TemplateResponse:
    """Render one of our pages inside the admin's frame."""
    request.current_app = admin.site.name
    frame = admin.site.each_context(request)
    own = {"title": title, "opts": Connection._meta, "original": connection, "connection": connection}
    return TemplateResponse(request, template, {**frame, **own, **context})


def record(request: HttpRequest, connection: Connection, change: str, flag: int = CHANGE) -> None:
    """Write into the connection's history who did what."""
    person: Any = request.user
    LogEntry.objects.log_actions(person.pk, [connection], flag, change, single_object=True)


def url_of(name: str, *args: Any) -> str:
    """Return the address of a page about connections, such as `url_of("change", connection.pk)`."""
    return reverse(f"admin:connections_connection_{name}", args=args)


def home_of(connection: Connection) -> str:
    """Return where a person goes on with `connection`: the wizard while it is a draft, else its page."""
    return url_of("set_up" if connection.is_draft else "change", connection.pk)


def is_at_base_url(request: HttpRequest) -> bool:
    """Does the person use the host that Constant Contact sends them back to? At another one they have no session."""
    return split_domain_port(request.get_host())[0] == urlsplit(settings.BASE_URL).hostname
