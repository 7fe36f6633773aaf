"""Adding oneself as export user: with one's own password once more, and never for somebody else.

Whoever has no password here, because they sign in through a provider, signs in there once more instead.
"""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from connections import reauthentication
from connections.export_users import ReplacedMeanwhileError, become_export_user, export_user_problem
from connections.models import Connection, ExportUser
from web.pages import page

from .forms import PasswordForm
from .links import home_of


def change_export_user(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over as export user of a saved connection."""
    connection = get_object_or_404(Connection, pk=pk)
    form, taken_over = take_over(request, connection)
    if taken_over or connection.is_draft:
        return redirect(home_of(connection))
    context = export_user_context(request, connection, form)
    title = _("Add yourself as export user")
    return page(request, "connections/export_user.html", title=title, row=connection, connection=connection, **context)


def take_over(request: HttpRequest, connection: Connection) -> tuple[forms.Form, bool]:
    """Return the form, and whether the signed-in person has just become the export user."""
    person: Any = request.user
    form = (PasswordForm if person.has_usable_password() else forms.Form)(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return form, False
    password = form.cleaned_data.get("password")
    if password is None:
        is_proved = reauthentication.is_recent(request.session)
    else:  # checked as at sign-in, so that guessing is limited here as well (django-axes)
        is_proved = authenticate(request, username=person.get_username(), password=password) == person
    if not is_proved:
        wrong = _("This is not your password. Enter the one you sign in to this application with.")
        if getattr(request, "axes_locked_out", False):
            # Answered here: left set, django-axes would put a page of its own in place of ours.
            request.axes_locked_out = False  # type: ignore[attr-defined]
            wrong = _("The password was wrong too many times. Wait 15 minutes, then try again.")
        _refuse(form, wrong, _("Your confirmation has expired. Confirm your identity again."))
        return form, False
    reauthentication.consume(request.session)
    try:
        posted = request.POST.get("instead_of", "")  # the export user whom the page showed
        become_export_user(connection, request.user, instead_of=int(posted) if posted.isdigit() else None)
    except ReplacedMeanwhileError:
        _refuse(
            form,
            _("Somebody else became the export user in the meantime. Enter your password again to replace them."),
            _("Somebody else became the export user in the meantime. Confirm once more to replace them."),
        )
        return form, False
    messages.success(request, _("You are the export user of this connection now."))
    return form, True


def export_user_context(request: HttpRequest, connection: Connection, form: forms.Form) -> dict[str, Any]:
    """Return what the form's page shows beside it."""
    person: Any = request.user
    return {
        "form": form,
        "export_user": ExportUser.objects.select_related("user").filter(connection=connection).first(),
        "problem": export_user_problem(connection),
        "has_password": person.has_usable_password(),
        "provider": settings.OIDC.name if settings.OIDC else "",
        "is_proved": reauthentication.is_recent(request.session),
    }


def _refuse(form: forms.Form, password: str, no_password: str) -> None:
    """Say why they did not become it: at the password, or above the form of people who have none."""
    has_password = "password" in form.fields
    form.add_error("password" if has_password else None, password if has_password else no_password)
