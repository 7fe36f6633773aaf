"""Who opted out of an account: read once for all exports, what is new since the last look, everybody once a week."""

from datetime import timedelta
from typing import Any

import duckdb
import pytest
from django.utils import timezone

from exports.models import OptOuts, Run
from exports.people import opt_outs
from exports.pipeline import read_opt_outs
from exports.runs import start_run
from tests.support.fixtures_exports import api_calls, work_once, work_until_over
from tests.support.sandbox import Sandbox

pytestmark = pytest.mark.django_db
READ = "GET /v3/contacts"
JOB = "POST /v3/activities/contact_exports"


@pytest.fixture
def account(connection, sandbox: Sandbox) -> str:
    """An account of which nobody has looked who opted out: Una and Udo have, Dora is deleted, Abe is active."""
    OptOuts.objects.all().delete()
    sandbox.add_contacts(
        {"email": "Una@Example.com", "permission": "unsubscribed"},
        {"email": "udo@example.com", "permission": "unsubscribed"},
        {"email": "dora@example.com", "deleted": True},
        {"email": "abe@example.com"},
    )
    return connection.account_id


def known(account: str) -> dict[str, Any]:
    """(kind, source, whether it is told when) by address."""
    path = opt_outs.path_of(account)
    if path is None:
        return {}
    with duckdb.connect() as duck:
        rows = duck.execute(
            'SELECT email, kind, source, "at" IS NOT NULL FROM read_parquet($path)', {"path": str(path)}
        )
        return {email: rest for email, *rest in rows.fetchall()}


def look(export, *, later: bool = True) -> Run:
    """Preview, after the last look has become too old."""
    if later:
        OptOuts.objects.update(read_at=timezone.now() - timedelta(hours=1))
    run = work_until_over_preview(start_run(export, by=None, preview=True)[0])
    Run.objects.filter(pk=run.pk).delete()
    return run


def work_until_over_preview(run: Run) -> Run:
    for _time in range(20):
        if not run.is_open:
            return run
        work_once(run)
    raise AssertionError(f"The run is still {run.status} in {run.stage} ({run.reason}).")


def test_everybody_first_then_what_is_new_and_once_a_week_who_came_back(account, export, sandbox: Sandbox):
    assert look(export).status == Run.Status.PLANNED
    everybody = {
        "una@example.com": ["opted_out", "Contact", True],
        "udo@example.com": ["opted_out", "Contact", True],
        "dora@example.com": ["deleted", "", True],
    }
    assert known(account) == everybody
    assert api_calls(sandbox).count(READ) == 1

    look(export, later=False)
    assert api_calls(sandbox).count(READ) == 1  # a moment ago, for whatever export

    sandbox.unsubscribe("abe@example.com")
    look(export)
    assert known(account) == everybody | {"abe@example.com": ["opted_out", "Contact", True]}
    assert api_calls(sandbox).count(READ) == 2

    # By their own doing, on the account's form. What is new does not tell it, the weekly look at everybody does.
    sandbox.add_contacts({"email": "udo@example.com"})
    look(export)
    assert "udo@example.com" in known(account)
    OptOuts.objects.update(read_all_at=timezone.now() - timedelta(days=8))
    look(export)
    assert set(known(account)) == {"una@example.com", "dora@example.com", "abe@example.com"}
    row = OptOuts.objects.get()
    assert row.reading == {}
    # By Constant Contact's clock: of the newest change that was seen.
    assert row.cursor is not None


def test_whoever_is_seen_on_the_list_afterwards_came_back(account, export, sandbox: Sandbox, list_id):
    work_until_over(start_run(export, by=None)[0])
    assert "una@example.com" in known(account)
    sandbox.advance(3600)
    sandbox.add_contacts({"email": "una@example.com", "lists": [list_id]})
    look(export)
    assert set(known(account)) == {"udo@example.com", "dora@example.com"}


def test_an_interrupted_reading_goes_on_at_the_page_it_had_come_to(account, export, sandbox: Sandbox, monkeypatch):
    monkeypatch.setattr(read_opt_outs, "PAGE_SIZE", 1)
    sandbox.fault(READ, "drop_before", times=1, skip=1)
    run, _new = start_run(export, by=None, preview=True)
    work_once(run)
    assert run.reason == "unavailable"
    reading = OptOuts.objects.get().reading
    assert (reading["pages"], bool(reading["part"]), bool(reading["following"])) == (1, True, True)
    assert known(account) == {}  # a part never passes for the whole

    work_until_over_preview(run)
    assert len(known(account)) == 3
    assert api_calls(sandbox).count(READ) == 4  # three pages, one of them twice
    assert opt_outs.names_in_use() == set(read_opt_outs_files())


def read_opt_outs_files() -> list[str]:
    from engine.files import names_in

    return names_in(opt_outs.FOLDER)


def test_many_are_read_by_jobs_and_no_worker_waits_for_them(account, export, sandbox: Sandbox, monkeypatch):
    monkeypatch.setattr(read_opt_outs, "PAGE_SIZE", 1)
    monkeypatch.setattr(read_opt_outs, "MAX_PAGES", 2)
    sandbox.switch(job_seconds=60)
    run, _new = start_run(export, by=None, preview=True)
    work_once(run)
    assert (run.status, run.reason) == (Run.Status.WAITING, "reading_opt_outs")
    assert known(account) == {}
    # Another run of the account waits for this one instead of reading too.
    other, _new = start_run(export_like(export), by=None, preview=True)
    work_once(other)
    assert (other.status, other.reason) == (Run.Status.WAITING, "reading_opt_outs")

    sandbox.advance(121)  # one after the other
    work_until_over_preview(run)
    work_until_over_preview(other)
    assert known(account) == {
        "una@example.com": ["opted_out", "Contact", True],
        "udo@example.com": ["opted_out", "Contact", True],
        "dora@example.com": ["deleted", "", False],
    }
    assert (api_calls(sandbox).count(READ), api_calls(sandbox).count(JOB)) == (1, 2)
    assert set(read_opt_outs_files()) == opt_outs.names_in_use()

    # From then on only what is new.
    sandbox.unsubscribe("abe@example.com")
    look(export)
    assert "abe@example.com" in known(account)


def test_a_reading_that_failed_is_begun_anew_by_the_next_run(account, export, sandbox: Sandbox, monkeypatch):
    monkeypatch.setattr(read_opt_outs, "PAGE_SIZE", 1)
    monkeypatch.setattr(read_opt_outs, "MAX_PAGES", 2)
    sandbox.switch(job_outcome="failed")
    run = look(export)
    assert (run.status, run.reason) == (Run.Status.FAILED, "opt_outs_unreadable")
    assert read_opt_outs_files() == []
    sandbox.switch(job_outcome="completed")
    assert look(export).status == Run.Status.PLANNED
    assert len(known(account)) == 3


def export_like(export):
    from tests.support.fixtures_exports import make_export

    return make_export(export.connection, export.list_id, *export.segments.all(), name="Another")
