"""The wizard: a connection is made in steps over a saved draft row.

What is done and what comes next is worked out from the row alone, so a closed browser, the detour to Constant
Contact or a second administrator loses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

import audit_trail
from web.races import claim_name

from . import consent_text
from .export_users import export_user_problem
from .models import Connection, Consent


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `missing` says what is still to do as long as `is_done` is false."""

    slug: str
    title: str | Promise
    missing: str | Promise
    is_done: Callable[[Connection], bool]


def has_consent(connection: Connection) -> bool:
    """Has somebody agreed to the present text for this connection?"""
    return connection.consents.filter(text_version=consent_text.CURRENT).exists()


STEPS = (
    Step("name", _("Display name"), _("Enter a display name."), lambda connection: bool(connection.display_name)),
    Step(
        "sharing",
        _("Choose who can use this connection"),
        _("Choose who can use this connection."),
        lambda connection: (
            bool(connection.sharing)
            and (connection.sharing != Connection.Sharing.CHOSEN or connection.chosen_contributors.exists())
        ),
    ),
    Step("consent", _("Data privacy and compliance"), _("Agree to the data privacy and compliance text."), has_consent),
    Step(
        "connect",
        _("Connect"),
        _("Authenticate with Constant Contact."),
        lambda connection: connection.state == Connection.State.CONNECTED,
    ),
    Step(
        "export-user",
        _("Add yourself as export user"),
        _("Add yourself as export user."),
        lambda connection: export_user_problem(connection) is None,
    ),
)


def step_named(slug: str) -> Step | None:
    return next((step for step in STEPS if step.slug == slug), None)


def missing(connection: Connection) -> list[Step]:
    """Return the steps that are not done, in their order."""
    return [step for step in STEPS if not step.is_done(connection)]


def start(*, kind: str, display_name: str, by: Any) -> Connection:
    """Save the draft that the other steps work on. Sharing stays blank until its step asked for it.

    Raises IntegrityError when the name was taken a moment ago.
    """
    with transaction.atomic():
        claim_name(Connection.objects.all(), display_name=display_name)
        return Connection.objects.create(kind=kind, display_name=display_name, sharing="", created_by=by)


def agree(connection: Connection, *, by: Any, ip_address: str | None) -> None:
    """Record that `by` agreed to the present text, from where and in which language; once is enough."""
    if not has_consent(connection):
        Consent.objects.create(
            connection=connection,
            user=by,
            ip_address=ip_address,
            text_version=consent_text.CURRENT,
            language=get_language() or "",
        )


def finish(connection: Connection) -> bool:
    """Turn the draft into a connection that exports can use; False when something is missing."""
    if missing(connection):
        return False
    drafts = Connection.objects.filter(pk=connection.pk, state=Connection.State.CONNECTED, saved_at__isnull=True)
    if drafts.update(saved_at=timezone.now()):
        audit_trail.record(connection, "set_up")
    connection.refresh_from_db()
    return not connection.is_draft
