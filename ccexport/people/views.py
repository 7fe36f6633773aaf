"""Removing a person, and what has to be said when somebody loses rights."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from ccexport.permissions import can_manage_people
from connections.models import Connection
from web.pages import allowed, page

from .accounts import LastAdministratorError, connections_stopped_by, remove_person


@allowed(can_manage_people)
def remove_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a confirmation, then take away the person's role and way in."""
    person = get_object_or_404(User, pk=pk)
    if request.method != "POST":
        connections = Connection.objects.filter(export_user__user=person)
        context = {"person": person, "connections": connections}
        return page(request, "ccexport/people/remove.html", title=_("Remove person"), row=person, **context)
    if person == request.user:
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
