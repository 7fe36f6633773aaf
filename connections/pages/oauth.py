"""The way to Constant Contact and back."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

import audit_trail
from connections import authorization, dependents, wizard
from connections.authorization import AuthorizationError
from connections.models import Connection
from connections.permissions import can_manage_connections
from connections.signals import account_changed
from constant_contact import Account, Tokens
from web.messages import Message
from web.pages import page, record

from . import other_account
from .links import home_of, is_at_base_url, url_of


@require_POST
def authenticate(request: HttpRequest, pk: int) -> HttpResponse:
    """Send the person to Constant Contact, from the wizard and to reconnect alike."""
    connection = get_object_or_404(Connection, pk=pk)
    if problem := authorization.api_key_problem():
        return _back(request, connection, problem)
    if not is_at_base_url(request):
        message = _("Constant Contact sends people back to %(url)s. Open this application there, then authenticate.")
        return _back(request, connection, message % {"url": settings.BASE_URL})
    if connection.is_draft and not wizard.has_consent(connection):
        return _back(request, connection, _("Agree to the data privacy and compliance text first, then authenticate."))
    with_automations = "automations" in request.POST
    return redirect(authorization.begin(request.session, request.user, connection, with_automations=with_automations))


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Take Constant Contact's answer. A GET by its nature, so it is guarded by the state, which counts once."""
    state = request.GET.get("state", "")
    meant = authorization.connection_meant(state)
    if not request.user.is_authenticated:
        messages.warning(request, str(Message("authorization_signed_out")))
        return redirect_to_login(_place_of(meant))
    if not can_manage_connections(request.user):
        raise PermissionDenied
    try:
        connection = authorization.claim(request.session, request.user, state)
        account, granted = authorization.exchange(authorization.code_in(request.GET))
        # A draft may change its account freely: nothing relies on it yet.
        if not connection.is_draft and connection.account_id != account.encoded_account_id:
            other_account.keep(request.session, connection, account, granted)
            return redirect("admin:connections_connection_other_account", connection.pk)
        _adopt(request, connection, account, granted)
    except AuthorizationError as error:
        return _back(request, meant, error.message)
    return redirect(_place_of(connection))


def confirm_other_account(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether the connection shall really talk to another account from now on, and do what was answered."""
    connection = get_object_or_404(Connection, pk=pk)
    waiting = other_account.kept(request.session, connection)
    if waiting is None:
        return _back(request, connection, _("Nothing is waiting for your confirmation. Reconnect to start again."))
    account, granted = waiting
    if request.method != "POST":
        context = {"connection": connection, "account": account, "dependents": dependents.of(connection)}
        title = _("Another account was authorized")
        return page(request, "connections/other_account.html", title=title, row=connection, **context)
    other_account.drop(request.session)
    if "confirm" not in request.POST:
        authorization.give_back(granted)
        messages.info(request, _("The connection still uses %(name)s.") % {"name": connection.organization_name})
        return redirect(_place_of(connection))
    try:
        _adopt(request, connection, account, granted)
    except AuthorizationError as error:
        return _back(request, None, error.message)
    account_changed.send_robust(sender=Connection, connection=connection)
    return redirect(_place_of(connection))


def _adopt(request: HttpRequest, connection: Connection, account: Account, granted: Tokens) -> None:
    authorization.adopt(connection, account, granted, by=request.user)
    record(request, connection, _("Connected to Constant Contact."))
    audit_trail.record(connection, "authenticated", organization=account.organization_name)
    details = {"organization": account.organization_name, "email": account.contact_email}
    messages.success(request, _("Connected to %(organization)s (%(email)s).") % details)


def _back(request: HttpRequest, connection: Connection | None, message: object) -> HttpResponse:
    messages.error(request, str(message))
    return redirect(_place_of(connection))


def _place_of(connection: Connection | None) -> str:
    """Return the page from which one authenticates this connection."""
    if connection is None:
        return url_of("changelist")
    return url_of("step", connection.pk, "connect") if connection.is_draft else home_of(connection)
