"""An export in each state, named after it: for whoever works on a list or a page. `manage.py seed` fills it in.

The sandbox is driven to the point, so that rows are what a worker wrote. Only what would be over in a moment is held
back for a day: a run that is queued, one that a worker has taken.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import CommandError
from django.db import transaction
from django.utils import timezone

from connections.models import Connection, RequestBudget
from connections.signals import account_changed
from exports.editing.removal import detach
from exports.models import Export, ExportSchedule, Run
from exports.runs import cancel_run, claim_run, start_run
from exports.tasks import advance_run
from segments.models import Segment

from .content import connect, fill
from .services import tell_sandbox
from .sources import club_addresses, club_members, fill_segments, refuse_upload, segment_of, source_in_database

FABRIKAM, CONTOSO = "p1fa9b2rik4am0", "p0contoso0demo"  # accounts of the sandbox; the second one is made here
DAY = timedelta(days=1)
MAX_WAIT = 60  # seconds


@dataclass(frozen=True)
class Stage:
    """What the states are made of."""

    admin: User
    contributor: User
    demo: Export
    club: Segment  # thirty people, each of whom can be sent

    def export(self, name: str, *segments: Segment, connection: Connection | None = None) -> Export:
        """A new export with a list of its own."""
        connection = connection or self.demo.connection
        assert connection is not None
        export = Export.objects.create(
            name=name,
            connection=connection,
            list_id=list_for(name, connection.account_id),
            list_name=name,
            list_account_id=connection.account_id,
            mapping={"email": "email", "first_name": "first_name", "last_name": "last_name"},
            created_by=self.contributor,
        )
        export.segments.set(segments or [self.club])
        return export

    def run(self, export: Export, until: str = "", **how: Any) -> Run:
        """Run an export until it is over, or has the status `until`."""
        run, _started = start_run(export, by=self.contributor, **how)
        deadline = time.monotonic() + MAX_WAIT
        while run.is_open and run.status != until:
            advance_run(run.pk)
            run.refresh_from_db()
            if time.monotonic() > deadline:
                raise CommandError(f"The run of “{export.name}” did not end: {run.status} ({run.reason}).")
            time.sleep(0 if not run.is_open else 0.1)
        return run


def fill_states(database_url: str = "") -> list[Export]:
    """Fill in what is missing, and return the exports in all states. May be repeated.

    `database_url`: a PostgreSQL database in which a table of profiles may be made, for a source that lives there.
    """
    tell_sandbox("switches", token_requests_per_second=0)
    demo = fill()
    admin, contributor = User.objects.get(username="admin"), User.objects.get(username="contributor")
    stage = Stage(admin, contributor, demo, club_members(contributor))
    for name, make in STATES.items():
        known = Export.objects.filter(name=name).select_related("connection").first()
        if known is None:
            make(stage, name)
        elif known.connection is not None and known.list_name == name and make is not _list_is_gone:
            list_for(name, known.list_account_id)  # a sandbox that was started anew knows none of them
    fill_segments(stage.club.source, contributor)
    refuse_upload(contributor)
    if database_url:
        source_in_database(database_url, admin)
    tell_sandbox("switches", token_requests_per_second=1)
    return list(Export.objects.filter(name__in=STATES))


def list_for(name: str, account_id: str) -> str:
    """Have the account hold a list of that name; its ID is the same each time."""
    list_id = str(uuid.uuid5(uuid.NAMESPACE_URL, name))
    tell_sandbox("lists", name=name, list_id=list_id, account=account_id)
    return list_id


def _refused(stage: Stage, name: str) -> None:
    """Who is on as many lists as the account allows is refused on another one."""
    connection = connect(stage.admin, "Newsletter of Fabrikam", FABRIKAM)
    other = list_for("Full list", FABRIKAM)
    contacts = [{"email": email, "lists": [other]} for email in club_addresses()[:3]]
    tell_sandbox("contacts", contacts=contacts, account=FABRIKAM)
    tell_sandbox("switches", lists_per_contact=1)
    try:
        stage.run(stage.export(name, connection=connection))
    finally:
        tell_sandbox("switches", lists_per_contact=50)


def _opted_out(stage: Stage, name: str) -> None:
    connection = connect(stage.admin, "Newsletter of Fabrikam", FABRIKAM)
    for email in club_addresses()[5:7]:
        tell_sandbox("people", email=email, action="unsubscribe", account=FABRIKAM)
    stage.run(stage.export(name, connection=connection))


def _list_is_gone(stage: Stage, name: str) -> None:
    export = stage.export(name)
    tell_sandbox(f"lists/{export.list_id}")
    stage.run(export)


def _needs_reconnecting(stage: Stage, name: str) -> None:
    tell_sandbox("accounts", organization_name="Contoso", contact_email="owner@contoso.example", account_id=CONTOSO)
    connection = connect(stage.admin, "Newsletter of Contoso", CONTOSO)
    export = stage.export(name, connection=connection)
    tell_sandbox("revoke", account=CONTOSO)
    stage.run(export)


def _another_account(stage: Stage, name: str) -> None:
    """Its connection was authorized with another account, which has no such list: it can't run."""
    connection = connect(stage.admin, "Newsletter that moved to Fabrikam")
    stage.export(name, connection=connection)
    connection = connect(stage.admin, connection.display_name, FABRIKAM)
    account_changed.send_robust(sender=Connection, connection=connection)


def _nobody(stage: Stage, name: str, **brakes: Any) -> None:
    empty = segment_of("Nobody", stage.club.source, "first_name", "Nobody", stage.contributor)
    export = stage.export(name, empty)
    Export.objects.filter(pk=export.pk).update(brakes=brakes)
    export.refresh_from_db()
    stage.run(export)


def _shrunken(stage: Stage, name: str) -> None:
    """Thirty people, then the few of them with a certain name."""
    export = stage.export(name)
    stage.run(export)
    export.segments.set([segment_of("A few", stage.club.source, "first_name", "Ana", stage.contributor)])
    stage.run(export)


def _cancelled(stage: Stage, name: str) -> None:
    run, _started = start_run(stage.export(name), by=stage.contributor)
    cancel_run(run, by=stage.contributor)
    advance_run(run.pk)


def _late(stage: Stage, name: str) -> None:
    """Two hours late: nobody worked at the time of its timetable."""
    export = stage.export(name)
    _timetable(export)
    stage.run(export, trigger=Run.Trigger.SCHEDULED, scheduled_for=timezone.now() - timedelta(hours=2))


def _queued(stage: Stage, name: str) -> None:
    export = stage.export(name)
    with transaction.atomic():  # so that no worker sees it before it is held back
        run, _started = start_run(export, by=stage.contributor)
        Run.objects.filter(pk=run.pk).update(resume_at=timezone.now() + DAY)


def _running(stage: Stage, name: str) -> None:
    export = stage.export(name)
    with transaction.atomic():
        run, _started = start_run(export, by=stage.contributor)
        claim_run(run.pk)
        Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() + DAY)


def _paused(stage: Stage, name: str) -> None:
    """Constant Contact says that the day's requests are used up: the run waits until 00:00 UTC. Others may go on."""
    export = stage.export(name)
    tell_sandbox("faults", match="POST /v3/activities/*", kind="429_quota")
    try:
        stage.run(export, until=Run.Status.WAITING)
    finally:
        RequestBudget.objects.filter(pk=settings.CONSTANT_CONTACT_CLIENT_ID).update(exhausted_until=None)
        tell_sandbox("faults")


def _timetable(export: Export, *, is_on: bool = True) -> None:
    daily = ExportSchedule(export=export, is_on=is_on, recurrence="daily", times=["02:30"], time_zone="UTC")
    daily.next_run_at = daily.time_after(timezone.now())
    daily.save()


STATES: dict[str, Callable[[Stage, str], object]] = {
    "Never run": Stage.export,
    "Successful": lambda stage, name: stage.run(stage.export(name)),
    # In the demo's own segment, some have no address, or one that can't be sent.
    "Completed with errors: left out": lambda stage, name: stage.run(stage.export(name, *stage.demo.segments.all())),
    "Completed with errors: refused": _refused,
    "Completed with errors: opted out": _opted_out,
    "Failed: the list is gone": _list_is_gone,
    "Failed: needs reconnecting": _needs_reconnecting,
    "Can't run: list of another account": _another_account,
    "Skipped: nobody in the segment": lambda stage, name: _nobody(stage, name, empty=None),
    "Needs a decision: nobody in the segment": _nobody,
    "Needs a decision: the segment shrank": _shrunken,
    "Cancelled": _cancelled,
    "Previewed": lambda stage, name: stage.run(stage.export(name), trigger=Run.Trigger.PREVIEW, preview=True),
    "Detached": lambda stage, name: detach(stage.export(name), by=stage.admin),
    "Started late": _late,
    "Schedule off": lambda stage, name: _timetable(stage.export(name), is_on=False),
    "Queued": _queued,
    "Running": _running,
    "Paused until midnight": _paused,
}
