"""Who hears of an incident: administrators, and whoever made the export it is about; not who switched it off.

Of a run that needs a decision also who changed the export last, and who started the run.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import get_language

from ccexport.models import Incident, Recipient
from ccexport.roles import ADMINISTRATORS
from exports.models import Export, Run
from exports.permissions import can_view_exports


def recipients_of(incident: Incident) -> list[User]:
    """Return the people to write to; each active, with an address, allowed to look at what it is about."""
    administrators = Q(groups__name=ADMINISTRATORS) | Q(is_superuser=True)
    what, _colon, pk = incident.subject.partition(":")
    about = {"export": Q(pk=pk), "connection": Q(connection=pk)}.get(what, Q(pk=None))
    exports = Export.objects.filter(about)
    owners = Q(pk__in=exports.values("created_by"))
    if incident.kind == Incident.Kind.NEEDS_DECISION:
        run = Run.objects.filter(pk=incident.details.get("run"))
        owners |= Q(pk__in=exports.values("updated_by")) | Q(pk__in=run.values("started_by"))
    people = User.objects.filter(administrators | owners, is_active=True).exclude(email="").distinct()
    wanted = people.filter(Q(alerts=None) | Q(alerts__wants_email=True)).select_related("alerts")
    return [user for user in wanted.order_by("username") if can_view_exports(user)]


def language_of(user: User) -> str:
    """Return the language a person last signed in with, else that of the site."""
    row = Recipient.objects.filter(user=user).first()
    return row.language if row and row.language else settings.LANGUAGE_CODE


def remember_language(sender: Any, user: Any, **kwargs: Any) -> None:
    """A person signed in: from now on messages to them are in the language they see."""
    Recipient.objects.update_or_create(user=user, defaults={"language": get_language() or ""})
