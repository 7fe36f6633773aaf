"""Erasing a person: out of every file and row, by a worker that may be killed; nobody else notices."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import duckdb
import pytest
from auditlog.models import LogEntry
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from constant_contact import Contact
from engine.cancellation import Cancellation
from engine.files import local_copy
from engine.rewriting import column, rewrite
from exports.editing.suppressing import release
from exports.erasing import lifecycle, steps
from exports.erasing.finding import find_everywhere
from exports.erasing.lifecycle import AnotherPersonError, ask_again, delete_at_account, resume_erasures, start_erasure
from exports.models import Erasure, ErasureStep, OptOuts, Roster, Run, Suppression
from exports.people import opt_outs as opt_outs_module
from exports.people import roster as roster_module
from exports.people import suppressions
from exports.runs import start_run
from exports.tasks import advance_erasure
from profiles.models import ProfileImport, ProfileSource
from profiles.snapshots import store_parquet
from segments.evaluations.lifecycle import evaluate_now
from segments.models import Evaluation, Segment
from segments.tasks import evaluate_segment
from tests.support.fixtures_exports import PEOPLE, make_segment, make_source, on_list, work_once, work_until_over

ANA, BEN = "ana@example.com", "ben@example.com"


def rows_of(name: str) -> list[dict[str, Any]]:
    with duckdb.connect() as duck:
        found = duck.execute("FROM read_parquet($path)", {"path": str(local_copy(name))})
        names = [each[0] for each in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def store_rows(folder: str, path: Path, sql: str) -> str:
    with duckdb.connect() as duck:
        duck.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
    return store_parquet(folder, path)


def all_files() -> list[str]:
    root = Path(default_storage.path(""))
    return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]


def hold(text: str) -> list[str]:
    """The stored files that hold a text, whatever their compression."""
    found = []
    for name in all_files():
        if any(text in str(value).lower() for row in rows_of(name) for value in row.values()):
            found.append(name)
    return found


def advance_until_over(erasure: Erasure, most: int = 10) -> Erasure:
    for _time in range(most):
        Erasure.objects.filter(pk=erasure.pk, state="queued").update(claimed_until=None)
        advance_erasure(erasure.pk)
        erasure.refresh_from_db()
        if not erasure.is_open:
            return erasure
    raise AssertionError(f"The erasure still waits: {erasure.problem}")


def step(erasure: Erasure, kind: str) -> ErasureStep:
    return erasure.steps.get(kind=kind)


@pytest.fixture
def static(source: ProfileSource) -> Segment:
    segment = make_segment(source, "Kept")
    Segment.objects.filter(pk=segment.pk).update(type=Segment.Type.STATIC)
    segment.refresh_from_db()
    evaluate_now(segment, trigger="refresh")
    return segment


def test_a_person_is_gone_from_every_place_and_nobody_else_is_sent_again(
    export, static, sandbox, list_id, alice, tmp_path, monkeypatch
):
    first = work_until_over(start_run(export, by=alice)[0])
    preview = work_until_over(start_run(export, by=alice, preview=True)[0])
    assert preview.status == Run.Status.PLANNED
    people = f"SELECT * FROM (VALUES ('{ANA}', 'c1'), ('{BEN}', 'c2')) AS people(email, contact_id)"
    roster = Roster.objects.create(
        account_id="a", list_id=list_id, file=store_rows("rosters", tmp_path / "r.parquet", people)
    )
    opt_outs = OptOuts.objects.create(account_id="a", file=store_rows("opt_outs", tmp_path / "o.parquet", people))
    first.record("seen", told=f"about {ANA.upper()}")
    assert [found.keys for found in find_everywhere(ANA)] == [["1", "6"]]
    assert len(hold(ANA)) >= 5
    counts, snapshot = first.counts, ProfileSource.objects.get().snapshot

    # A worker is killed before and after each step: the next one goes on.
    class Killed(BaseException):
        pass

    def killing(work_of_step, *, before):
        def die(work, step):
            if not step.progress.get("killed_before") and before:
                work.note(step, killed_before=True)
                raise Killed
            work_of_step(work, step)
            raise Killed

        return die

    erasure, is_new = start_erasure(f" {ANA.upper()} ", by=alice)
    assert is_new
    assert start_erasure(ANA, by=alice) == (erasure, False)
    assert erasure.masked == "a…@example.com"
    dying = {kind: killing(work_of_step, before=True) for kind, work_of_step in steps.STEPS.items()}
    with monkeypatch.context() as patched:
        patched.setattr(lifecycle, "STEPS", dying)
        for _time in range(2 * erasure.steps.count()):
            with pytest.raises(Killed):
                advance_erasure(erasure.pk)
            Erasure.objects.update(claimed_until=timezone.now(), attempts=0)
    advance_until_over(erasure)

    assert erasure.state == Erasure.State.DONE
    assert erasure.problem.code == ""
    assert (erasure.address, json.loads(erasure.profiles)) == ("", {})
    assert set(erasure.steps.values_list("state", flat=True)) == {"done"}
    assert hold(ANA) == []
    source = ProfileSource.objects.get()
    assert source.row_count == 5
    assert source.snapshot != snapshot
    assert not default_storage.exists(snapshot)
    assert [row["id"] for row in rows_of(source.snapshot)] == ["2", "3", "4", "5", "7"]
    assert "Twice" not in json.dumps(source.columns)
    assert "Brown" in json.dumps(source.columns)
    static.refresh_from_db()
    assert [row["key"] for row in rows_of(static.kept_members)] == ["2", "3", "4", "5"]
    assert static.member_count == 4
    for row in (roster, opt_outs):
        row.refresh_from_db()
        assert rows_of(row.file) == [{"email": BEN, "contact_id": "c2"}]
    first.refresh_from_db()
    anonymous = [row for row in rows_of(first.plan_file) if row["profile_id"] == ""]
    assert [row["disposition"] for row in anonymous] == ["send", "duplicate"]
    assert {(row["email"], row["payload"], row["fingerprint"]) for row in anonymous} == {("", "", None)}
    assert first.counts == counts
    preview.refresh_from_db()
    assert (preview.status, preview.plan_file) == (Run.Status.PLANNED, "")
    assert ANA not in json.dumps(list(first.events.values_list("details", flat=True))).lower()
    assert not any(ANA in str(entry.additional_data) + entry.object_repr for entry in LogEntry.objects.all())
    assert step(erasure, "source").count == 2
    assert step(erasure, "plans").count == 4

    again = advance_until_over(start_erasure(ANA, by=alice)[0])
    assert again.state == Erasure.State.DONE
    assert sum(again.steps.values_list("count", flat=True)) == 0
    second = work_until_over(start_run(export, by=alice)[0])
    assert (second.to_send, second.counts["unchanged"]) == (0, 2)
    # On the list that this run read back she still is, and nothing here says so.
    assert on_list(sandbox, list_id) >= {ANA, BEN, "chen@example.com"}
    assert second.list_read_at is not None
    assert hold(ANA) == []


def test_no_later_reading_of_an_account_brings_an_erased_person_back(alice, tmp_path, monkeypatch):
    csv = tmp_path / "contacts.csv"
    csv.write_text("".join(f"{each}\n" for each in ("Email address", f" {ANA.upper()}", BEN)))
    unknown = {field.name: None for field in fields(Contact)} | {"contact_id": "c", "opt_out_source": ""}
    unknown["permission_to_send"] = "unsubscribed"
    contacts = [Contact(**unknown | {"email": each}) for each in (ANA, BEN)]
    roster = Roster.objects.create(account_id="a", list_id="l")
    monkeypatch.setattr(suppressions, "PIECE", 1)

    def kept() -> list[set[str]]:
        roster_module.take_reading(roster, csv, timezone.now(), rows=2)
        pages = opt_outs_module.with_contacts("", contacts)
        job = opt_outs_module.with_exported("", csv, "deleted", rows=2)
        return [{row["email"] for row in rows_of(name)} for name in (roster.file, pages, job)]

    assert kept() == [{ANA, BEN}] * 3
    advance_until_over(start_erasure(ANA, by=alice)[0])
    roster.refresh_from_db()
    assert kept() == [{BEN}] * 3
    # Until an administrator takes it back: then her account is asked anew whether she opted out.
    known = OptOuts.objects.create(account_id="a", read_at=timezone.now(), read_all_at=timezone.now())
    assert release(Suppression.objects.get(), reason="Signed up again.", by=alice)
    known.refresh_from_db()
    assert (known.read_at, known.read_all_at) == (None, None)
    assert kept() == [{ANA, BEN}] * 3


def test_a_run_that_has_the_person_is_waited_for(export, sandbox, alice):
    sandbox.switch(job_seconds=60)
    run = start_run(export, by=alice)[0]
    work_once(run)
    assert run.is_open
    assert run.plan_file
    erasure = start_erasure(ANA, by=alice)[0]
    advance_erasure(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.state == Erasure.State.QUEUED
    assert erasure.problem.code == "erasure.waits_for_run"
    assert run.export.name in str(erasure.problem)
    assert "Cancel the run" in str(erasure.problem)
    other = start_erasure("nobody@example.com", by=alice)[0]
    assert advance_until_over(other).state == Erasure.State.DONE  # who is not in its plan need not wait
    sandbox.switch(job_seconds=0)
    sandbox.advance(61)
    work_until_over(run)
    assert (run.to_send, run.batches.get().accepted) == (3, 3)  # its payload was left alone
    assert advance_until_over(erasure).state == Erasure.State.DONE
    assert hold(ANA) == []


def test_what_writes_files_just_now_is_waited_for(source, static, alice, tmp_path):
    job = ProfileImport.objects.create(source=source, file_name="new.csv", key_attribute="id")
    erasure = start_erasure(ANA, by=alice)[0]
    advance_erasure(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.problem.code == "erasure.waits_for_import"
    job.delete()
    evaluation = Evaluation.objects.create(segment=static, trigger="refresh")
    Erasure.objects.update(claimed_until=None)
    advance_erasure(erasure.pk)
    erasure.refresh_from_db()
    assert erasure.problem.code == "erasure.waits_for_evaluation"
    evaluate_segment(evaluation.pk)
    assert advance_until_over(erasure).state == Erasure.State.DONE
    assert hold(ANA) == []


def test_storage_that_is_away_is_waited_for_and_gaps_grow(source, alice, settings, tmp_path):
    erasure = start_erasure(ANA, by=alice)[0]
    folder = Path(default_storage.path("sources"))
    folder.rename(tmp_path / "elsewhere")
    folder.write_text("no folder")
    advance_erasure(erasure.pk)
    erasure.refresh_from_db()
    assert (erasure.state, erasure.problem.code, erasure.waits) == ("queued", "waits_for_storage", 1)
    folder.unlink()
    (tmp_path / "elsewhere").rename(folder)
    assert advance_until_over(erasure).state == Erasure.State.DONE
    assert hold(ANA) == []


def test_one_that_kills_its_workers_is_given_up_and_can_be_asked_for_again(source, alice):
    erasure = start_erasure(ANA, by=alice)[0]
    Erasure.objects.update(state="running", attempts=12, claimed_until=timezone.now())
    resume_erasures()
    erasure.refresh_from_db()
    assert (erasure.state, erasure.problem.code, erasure.address) == ("failed", "erasure.gave_up", "")
    with pytest.raises(AnotherPersonError):
        ask_again(erasure, BEN, by=alice)
    assert ask_again(erasure, ANA, by=alice)
    assert advance_until_over(erasure).state == Erasure.State.DONE
    assert hold(ANA) == []


def test_contact_is_deleted_in_the_account_when_asked_for(export, connection, sandbox, list_id, alice):
    work_until_over(start_run(export, by=alice)[0])
    erasure = advance_until_over(start_erasure(ANA, by=alice)[0])
    assert ANA in on_list(sandbox, list_id)
    with pytest.raises(AnotherPersonError):
        delete_at_account(erasure, connection.pk, BEN, by=alice)
    assert delete_at_account(erasure, connection.pk, ANA, by=alice)
    assert not delete_at_account(erasure, connection.pk, ANA, by=alice)
    sandbox.fault("POST /v3/activities/contact_delete", "drop_after")  # queued, and nobody was told
    erasure.refresh_from_db()
    assert erasure.is_open
    assert erasure.address == ANA
    assert advance_until_over(erasure, 20).state == Erasure.State.DONE
    assert ANA not in on_list(sandbox, list_id)
    assert BEN in on_list(sandbox, list_id)
    assert (step(erasure, "account").count, erasure.address) == (1, "")


def test_somebody_who_is_no_administrator_any_more_deletes_nothing(export, connection, sandbox, alice, bob):
    erasure = advance_until_over(start_erasure(ANA, by=alice)[0])
    delete_at_account(erasure, connection.pk, ANA, by=bob)
    assert advance_until_over(erasure).state == Erasure.State.FAILED
    assert step(erasure, "account").note.code == "erasure.no_right_any_more"


def test_a_manager_of_customers_does_not_take_them_along(alice, tmp_path):
    people = [{**person, "manager": "maria@example.com"} for person in PEOPLE]
    source = make_source(tmp_path, [*people, {**people[0], "id": "9", "email": "maria@example.com"}])
    make_segment(source)
    from exports.models import Export

    export = Export.objects.create(name="N", list_id="l", mapping={"email": "email"})
    export.segments.set(Segment.objects.all())
    erasure = advance_until_over(start_erasure("maria@example.com", by=alice)[0])
    source.refresh_from_db()
    assert source.row_count == 7
    assert step(erasure, "source").note.details == {"count": 7}


def test_order_and_groups_of_a_rewritten_file_stay(tmp_path):
    sql = "SELECT i AS number, CASE WHEN i = 5000 THEN 'x' ELSE 'y' END AS text FROM range(10000) AS numbers(i)"
    with duckdb.connect() as duck:
        duck.execute(f"COPY ({sql}) TO '{tmp_path / 'a.parquet'}' (FORMAT parquet, ROW_GROUP_SIZE 2048)")
    name = store_parquet("plans", tmp_path / "a.parquet")
    is_x = column("text").eq("x")
    written = rewrite(name, is_x, Cancellation(60))
    assert (written.found, written.rows) == (1, 9999)
    assert [row["number"] for row in rows_of(written.name)] == [i for i in range(10000) if i != 5000]
    with duckdb.connect() as duck:
        groups = duck.execute(
            "SELECT max(row_group_num_rows) FROM parquet_metadata($p)", {"p": str(local_copy(written.name))}
        )
        assert groups.fetchall()[0][0] <= 4096
    assert rewrite(written.name, is_x, Cancellation(60)) is None


def test_an_address_is_found_however_it_is_written(tmp_path, alice):
    people = [{**PEOPLE[0], "email": " \u200bAna@Example.COM\u00a0"}, {**PEOPLE[1], "email": "xana@example.com"}]
    make_source(tmp_path, people)
    advance_until_over(start_erasure(ANA, by=alice)[0])
    with transaction.atomic():
        assert ProfileSource.objects.get().row_count == 1
