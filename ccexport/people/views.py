"""Removing a person, and what has to be said when somebody loses rights."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from ccexport.pages import page
from connections.models import Connection

from .accounts import LastAdministratorError, connections_stopped_by, remove_person


def remove_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a confirmation, then take away the person's role and way in."""
    me: Any = request.user
    if not me.has_perm("auth.change_user"):
        raise PermissionDenied
    person = get_object_or_404(User, pk=pk)
    if request.method != "POST":
        connections = Connection.objects.filter(export_user__user=person)
        context = {"person": person, "connections": connections, "opts": User._meta, "original": person}
        return page(request, "ccexport/people/remove.html", title=_("Remove person"), **context)
    if person == me:
        messages.error(request, _("You can't remove yourself. Ask another administrator to do it."))
        return redirect("admin:auth_user_change", pk)
    try:
        remove_person(person)
    except LastAdministratorError as error:
        messages.error(request, str(error))
        return redirect("admin:auth_user_change", pk)
    messages.success(request, _("%(name)s is removed and can no longer sign in.") % {"name": person.get_username()})
    warn_of_stopped_connections(request, person)
    return redirect("admin:auth_user_changelist")


def warn_of_stopped_connections(request: HttpRequest, person: User) -> None:
    """Say through which connections nothing runs any more because their export user lost the right to them."""
    for connection in connections_stopped_by(person):
        message = _(
            "%(name)s is the export user of “%(connection)s” and may no longer use it. "
            "Runs through it will fail until an administrator becomes its export user (Connections)."
        )
        messages.warning(request, message % {"name": person.get_username(), "connection": connection})
