"""Plans of earlier versions say less; the first run after an upgrade compares itself with one all the same."""

from importlib import import_module

import duckdb
import pytest
from django.apps import apps
from django.utils import timezone

from exports.models import Export, Run
from exports.plan.build import Baseline
from exports.plan.reader import PlanReader
from tests.support.batches import stored_batch

from .planning import Planned, plan

TARGETS = ("email", "first_name")
PEOPLE = [("1", None, "a@example.com", "Ana"), ("2", None, "b@example.com", "Ben"), ("3", None, "c@", "No")]


def as_before(planned: Planned) -> Planned:
    """The plan as earlier versions wrote it."""
    path = planned.path.with_name(f"{planned.path.stem}_old.parquet")
    with duckdb.connect() as duck:
        duck.execute(f"COPY (SELECT * EXCLUDE (sent_before, filled) FROM '{planned.path}') TO '{path}'")
    return Planned(planned.made, path)


def test_who_is_unchanged_stays_so(tmp_path):
    old = as_before(plan(tmp_path, PEOPLE, TARGETS, name="first"))
    again = plan(tmp_path, PEOPLE, TARGETS, Baseline(old.path, [1]), name="again")
    assert again.made.counts == {"invalid_email": 1, "unchanged": 2}


def test_what_an_unchanged_person_was_sent_is_known_from_their_values(tmp_path):
    old = as_before(plan(tmp_path, PEOPLE, TARGETS, name="first"))
    again = plan(tmp_path, PEOPLE, TARGETS, Baseline(old.path, [1]), name="again")
    emptied = [("1", None, "a@example.com", ""), *PEOPLE[1:]]
    third = plan(tmp_path, emptied, TARGETS, Baseline(again.path, []), name="third")
    assert (again.made.became_empty, third.made.became_empty) == (0, 1)


def test_a_batch_that_was_not_accepted_completely_is_sent_once_more(tmp_path):
    old = as_before(plan(tmp_path, PEOPLE, TARGETS, name="first"))
    again = plan(tmp_path, PEOPLE, TARGETS, Baseline(old.path, [], {1: 5}), name="again")
    assert again.disposition_of("1") == ("send", "again")


def test_an_old_plan_can_be_looked_into(tmp_path):
    old = as_before(plan(tmp_path, PEOPLE, TARGETS, name="first"))
    with duckdb.connect() as duck:
        ledger = PlanReader(duck, old.path)
        assert [(row.profile_id, row.emptied) for row in ledger.find("a@example.com")] == [("1", 0)]
        assert ledger.contacts(1, ",")[1] == 2


@pytest.mark.parametrize(("refused", "is_kept"), [(0, True), (1, False)])
def test_an_upgrade_forgets_a_baseline_that_calls_people_of_unclear_batches_unchanged(export, refused, is_kept):
    over = {"export": export, "status": Run.Status.SUCCEEDED, "finished_at": timezone.now()}
    before = Run.objects.create(**over)
    stored_batch(before, 3, refused=refused)
    last = Run.objects.create(**over, baseline=Run.objects.create(**over, baseline=before))
    stored_batch(last, 3, refused=1)  # its people are known from the plan
    Export.objects.filter(pk=export.pk).update(baseline=last)

    import_module("exports.migrations.0007_of_when_a_plan_is").send_again_who_may_have_been_lost(apps, None)

    export.refresh_from_db()
    assert (export.baseline == last) is is_kept
