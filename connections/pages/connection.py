"""The page of one connection: its health, name and sharing, export user, consent, and removing it."""

from typing import cast

from django.contrib import messages
from django.contrib.admin.models import DELETION
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

import audit_trail
from connections import consent_ledger, consent_text, dependents, editing, tokens
from connections.clients import client_for
from connections.editing import ChangedMeanwhileError
from connections.export_users import export_user_problem
from connections.messages import explain
from connections.models import Connection, Consent, ExportUser
from constant_contact import AuthorizationRevokedError, ConstantContactError
from encryption.fields import UndecryptableError
from web.csv_download import csv_download
from web.pages import page, record
from web.races import saved

from .forms import ConnectionForm, LimitsForm, initial, initial_limits, seen
from .links import connection_badge, home_of, leads_to_constant_contact, url_of
from .wizard import changed_meanwhile, connect_context

# Few days left: somebody should look why nothing has used the connection for so long.
WARN_BELOW_DAYS = 30


@leads_to_constant_contact
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the connection, or save its name and sharing."""
    connection = get_object_or_404(Connection.objects.select_related("authenticated_by"), pk=pk)
    if connection.is_draft:
        return redirect(home_of(connection))
    form = ConnectionForm(request.POST or None, connection=connection, initial=initial(connection))
    if request.method == "POST" and form.is_valid() and _save(request, connection, form):
        return redirect(home_of(connection))
    return _page(request, connection, form=form)


@leads_to_constant_contact
def limits(request: HttpRequest, pk: int) -> HttpResponse:
    """Save the number in the contract, and how many may start automations."""
    connection = get_object_or_404(Connection.objects.select_related("authenticated_by"), pk=pk)
    if request.method != "POST" or connection.is_draft:
        return redirect(home_of(connection))
    form = LimitsForm(request.POST)
    if not form.is_valid():
        return _page(request, connection, limits_form=form)
    try:
        editing.change(connection, seen=seen(request.POST), **form.cleaned_data)
    except ChangedMeanwhileError:
        messages.warning(request, changed_meanwhile())
    else:
        record(request, connection, _("Changed the limits."))
        messages.success(request, _("Saved."))
    return redirect(home_of(connection))


@require_safe
def consents_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The agreements to the transfer through this connection, as a file."""
    connection = get_object_or_404(Connection, pk=pk)
    audit_trail.record(connection, "downloaded_consents")
    rows = consent_ledger.rows(connection.consents.all())
    return csv_download(f"consents-{connection.pk}.csv", consent_ledger.COLUMNS, rows)


@require_safe
def all_consents_csv(request: HttpRequest) -> HttpResponseBase:
    """The whole ledger: the agreements of all connections, also of those that were removed."""
    audit_trail.record(cast(Model, request.user), "downloaded_all_consents")
    return csv_download("consents.csv", consent_ledger.COLUMNS, consent_ledger.rows(Consent.objects.all()))


def _page(
    request: HttpRequest,
    connection: Connection,
    *,
    form: ConnectionForm | None = None,
    limits_form: LimitsForm | None = None,
) -> HttpResponse:
    consents = connection.consents.select_related("user")
    return page(
        request,
        "connections/change.html",
        title=connection.display_name,
        row=connection,
        connection=connection,
        form=form or ConnectionForm(None, connection=connection, initial=initial(connection)),
        limits_form=limits_form or LimitsForm(initial=initial_limits(connection)),
        badge=connection_badge(connection),
        days_left=tokens.days_left(connection),
        lifetime=tokens.LIFETIME.days,
        consents=[(consent, consent_text.paragraphs(consent.text_version)) for consent in consents],
        export_user=ExportUser.objects.select_related("user").filter(connection=connection).first(),
        export_user_problem=export_user_problem(connection),
        dependents=dependents.of(connection),
        warn_below_days=WARN_BELOW_DAYS,
        **connect_context(request, connection),
    )


@require_POST
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask Constant Contact whose account this is: it answers only while the connection works."""
    connection = get_object_or_404(Connection, pk=pk)
    audit_trail.record(connection, "tested")
    try:
        account = client_for(connection, for_page=True).account_summary()
    except ConstantContactError as error:
        if isinstance(error, AuthorizationRevokedError):
            tokens.needs_reconnecting(connection)
        messages.error(request, str(explain(error)))
    except UndecryptableError:
        messages.error(request, _("The stored tokens can't be read with the present encryption keys. Reconnect."))
    else:
        details = {"organization": account.organization_name, "email": account.contact_email}
        messages.success(request, _("The connection works: it reaches %(organization)s (%(email)s).") % details)
    return redirect(home_of(connection))


def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a confirmation, showing what still uses the connection; remove it when nothing does."""
    connection = get_object_or_404(Connection, pk=pk)
    if request.method != "POST":
        context = {"connection": connection, "dependents": dependents.of(connection)}
        return page(request, "connections/remove.html", title=_("Remove connection"), row=connection, **context)
    try:
        with transaction.atomic():
            record(request, connection, _("Removed."), DELETION)
            editing.remove(connection)
    except editing.InUseError:
        messages.error(request, _("The connection is still in use. Detach or remove the exports below first."))
        return redirect("admin:connections_connection_delete", pk)
    message = _("The connection “%(name)s” was removed. Nothing is sent through it any more.")
    messages.success(request, message % {"name": connection.display_name})
    return redirect(url_of("changelist"))


@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Detach or, once confirmed, remove one export that uses the connection; then it may be removed itself."""
    connection = get_object_or_404(Connection, pk=pk)
    how = request.POST.get("how")
    if how not in {"detach", "remove"}:
        return HttpResponseBadRequest()
    dependent = dependents.find(connection, request.POST.get("dependent", ""))
    if how == "remove" and dependent is not None and "confirm" not in request.POST:
        context = {"connection": connection, "dependent": dependent}
        return page(request, "connections/remove_export.html", title=dependent.name, row=connection, **context)
    try:
        if dependent is None:
            messages.info(request, _("That export no longer uses this connection."))
        elif how == "detach":
            dependent.detach(request.user)
            message = _("“%(name)s” was detached: it keeps its settings and does not run.")
            messages.success(request, message % {"name": dependent.name})
        else:
            dependent.remove(request.user)
            messages.success(request, _("“%(name)s” was removed.") % {"name": dependent.name})
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("admin:connections_connection_delete", pk)


def _save(request: HttpRequest, connection: Connection, form: ConnectionForm) -> bool:
    """Save, or say why not. False: the form says it."""
    try:
        kept = saved(form, lambda: editing.change(connection, seen=seen(request.POST), **form.cleaned_data))
    except ChangedMeanwhileError:
        messages.warning(request, changed_meanwhile())
        return True
    if kept is None:
        return False
    record(request, connection, _("Changed name or sharing."))
    messages.success(request, _("Saved."))
    return True
