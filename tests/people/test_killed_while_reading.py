"""A worker that is killed at any step of reading: whoever takes over goes on, and nothing is lost or left lying."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from constant_contact import ConstantContact
from engine.files import names_in
from exports.models import OptOuts, Roster, Run
from exports.people import opt_outs
from exports.people import roster as rosters
from exports.pipeline import check, read_list, read_opt_outs, settle
from exports.runs import start_run
from exports.tasks import advance_run
from tests.people.test_reading_the_list import rows_of, run_of
from tests.support.fixtures_exports import make_source, on_list
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.django_db
JOB = "POST /v3/activities/contact_exports"


class Killed(BaseException):
    """What SIGKILL is to the process, as far as it can be had inside one: no handler of ours catches it."""


class Killer:
    """Kills the worker once before and once after each call of what it is told of."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self.kills: list[str] = []

    def at(self, owner: Any, name: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def deadly(*arguments: Any, **named: Any) -> Any:
            self._strike(f"before {name}")
            answer = real(*arguments, **named)
            self._strike(f"after {name}")
            return answer

        self._patch.setattr(owner, name, deadly)

    def _strike(self, point: str) -> None:
        if point not in self.kills:
            self.kills.append(point)
            raise Killed(point)


def work_with_kills(run: Run) -> Run:
    for _time in range(60):
        if not run.is_open:
            return run
        now = timezone.now()
        over = now - timedelta(hours=1)  # the lease of whoever was killed
        Run.objects.open().filter(pk=run.pk).update(resume_at=now, lease_until=over, attempts=0)
        OptOuts.objects.exclude(lease="").update(lease_until=over)
        with suppress(Killed):
            advance_run(run.pk)
        run.refresh_from_db()
    raise AssertionError(f"The run is still {run.status} in {run.stage} ({run.reason}).")


def test_a_run_that_is_killed_at_every_step_ends_as_if_nothing_had_happened(
    export, sandbox: Sandbox, list_id, tmp_path, monkeypatch
):
    run_of(export)
    sandbox.leave_list("chen@example.com", list_id)
    sandbox.add_contacts({"email": "una@example.com", "permission": "unsubscribed"})
    people = [
        {"id": "2", "email": "ben@example.com", "first_name": "Benno", "last_name": "Brown", "country": "France"},
        {"id": "8", "email": "dan@example.com", "first_name": "Dan", "last_name": "Dee", "country": "France"},
    ]
    make_source(tmp_path, people)
    OptOuts.objects.update(read_at=None)
    # Not everybody is counted, so the list is read back after the run as well.
    sandbox.job_fault(counted=0.5)

    killer = Killer(monkeypatch)
    killer.at(ConstantContact, "export_contacts")
    killer.at(ConstantContact, "contacts_page")
    killer.at(opt_outs, "with_contacts")
    killer.at(opt_outs, "adopt")
    killer.at(read_list, "fetch")
    killer.at(read_list, "take_reading")
    killer.at(rosters, "store")
    killer.at(check, "fold_run")
    killer.at(check, "count_missing")
    killer.at(settle, "fold_run")
    run = work_with_kills(start_run(export, by=None)[0])

    assert len(killer.kills) == 18
    assert run.status in Run.SETTLED
    found = rows_of(list_id)
    assert found["chen@example.com"]["left"]
    assert {email for email, row in found.items() if row["on_list"]} == on_list(sandbox, list_id)
    assert found["dan@example.com"]["export_id"] == export.pk
    assert (run.in_roster, run.reading_since) == (True, None)
    assert [batch.missing for batch in run.batches.all()] == [0]
    row = OptOuts.objects.get()
    assert (row.reading, row.lease) == ({}, "")
    assert opt_outs.path_of(row.account_id) is not None
    # No job that was asked for is waited for, and no file is left that a row does not know.
    assert Roster.objects.get().activity_id == ""
    lost = set(names_in(rosters.FOLDER)) - rosters.names_in_use()
    assert len(lost) <= 2  # of kills right after storing: the daily sweep takes them
    assert read_opt_outs.WAITING != read_list.WAITING
