"""What all pages about connections share: their addresses, and the way to Constant Contact and back."""

from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.http.request import split_domain_port
from django.urls import reverse
from django.utils.translation import gettext as _

from connections.authorization import origins
from connections.models import Connection
from web.badges import Badge
from web.pages import View


def leads_to_constant_contact(view: View) -> View:
    """Let a form on this page end up at Constant Contact: browsers apply form-action to the redirects as well."""

    @wraps(view)
    def widened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return csp_update({"form-action": origins()})(view)(request, *args, **kwargs)

    return widened


def url_of(name: str, *args: Any) -> str:
    """Return the address of a page about connections, such as `url_of("change", connection.pk)`."""
    return reverse(f"admin:connections_connection_{name}", args=args)


def home_of(connection: Connection) -> str:
    """Return where a person goes on with `connection`: the wizard while it is a draft, else its page."""
    return url_of("set_up" if connection.is_draft else "change", connection.pk)


def is_at_base_url(request: HttpRequest) -> bool:
    """Does the person use the host that Constant Contact sends them back to? At another one they have no session."""
    return split_domain_port(request.get_host())[0] == urlsplit(settings.BASE_URL).hostname


def connection_badge(connection: Connection) -> Badge:
    if connection.is_draft:
        return Badge(_("Draft"), icon="edit")
    if connection.state == Connection.State.CONNECTED:
        return Badge(connection.get_state_display(), "success", "check_circle")
    return Badge(connection.get_state_display(), "danger", "error")
