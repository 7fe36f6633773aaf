"""The next run sends only what changed since the last settled one; what was not imported goes again."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from exports.models import Export, Run
from exports.plan.outdated import changes_since
from exports.runs import PlanOutdatedError, send_planned, start_run
from segments.members.membership import identity_of
from segments.models import Segment
from tests.support.fixtures_exports import PEOPLE, REACHED, api_calls, make_source, on_list, work_once, work_until_over


def run_again(export, bob, **how):
    return work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob, **how)[0])


def test_an_unchanged_rerun_costs_no_import(export, sandbox, bob):
    run_again(export, bob)
    run = run_again(export, bob)
    assert run.counts["unchanged"] == 3
    assert sandbox.stats()["imports"] == 1
    # Is the list still there, and how many contacts are? And who is on the list: asked for, asked after, fetched.
    assert run.calls == 5
    assert run.reading_calls == 5


def test_one_changed_profile_costs_one_import_of_one_row(export, sandbox, tmp_path, bob):
    run_again(export, bob)
    make_source(tmp_path, [{**PEOPLE[0], "last_name": "Changed"}, *PEOPLE[1:]])
    run = run_again(export, bob)
    assert (run.counts["send"], run.counts["unchanged"]) == (1, 2)
    assert sandbox.stats()["imports"] == 2


def test_the_same_file_uploaded_again_costs_no_import(export, sandbox, tmp_path, bob):
    first = run_again(export, bob)
    make_source(tmp_path, PEOPLE)
    run = run_again(export, bob)
    assert (run.counts["unchanged"], sandbox.stats()["imports"]) == (3, 1)
    assert run.plan_inputs != first.plan_inputs


def test_a_repeated_plan_is_a_baseline_like_any_other(export, sandbox, tmp_path, bob):
    first, second = run_again(export, bob), run_again(export, bob)
    assert second.plan_inputs == first.plan_inputs
    left_out = {kind: count for kind, count in first.counts.items() if kind != "send"}
    assert second.counts == {**left_out, "unchanged": 3}
    make_source(tmp_path, [{**PEOPLE[0], "last_name": "Changed"}, *PEOPLE[1:]])
    assert run_again(export, bob).counts["send"] == 1


def test_rules_relative_to_today_mean_other_people_tomorrow(export, source):
    recent = {"attribute": "seen", "operator": "isWithinLast", "value": 20}
    source.columns = [*source.columns, {**source.columns[0], "name": "seen", "type": "date"}]
    segment = Segment(name="Recent", source=source, rules={"op": "and", "rules": [recent]})
    today = identity_of([segment])
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        assert identity_of([segment]) != today
    assert identity_of([segment]) == today


@pytest.mark.parametrize("change", [{"mapping": {"email": "email"}}, {"list_id": "other"}])
def test_a_changed_mapping_or_list_sends_all(export, sandbox, bob, change):
    if change.get("list_id"):
        change = {"list_id": sandbox.add_list("Another")}
    run_again(export, bob)
    Export.objects.filter(pk=export.pk).update(**change)
    assert run_again(export, bob).counts["send"] == 3


def test_send_everyone_again_sends_all(export, bob):
    run_again(export, bob)
    assert run_again(export, bob, everyone=True).counts["send"] == 3


def test_a_refused_batch_is_not_part_of_the_baseline(export, sandbox, list_id, bob):
    sandbox.switch(job_seconds=60)
    run = start_run(export, by=bob)[0]
    work_once(run)
    sandbox.delete_list(list_id)
    sandbox.advance(120)
    work_until_over(run)
    sandbox.switch(job_seconds=0)
    again = sandbox.add_list("Newsletter again")
    Export.objects.filter(pk=export.pk).update(list_id=again)
    assert run_again(export, bob).counts["send"] == 3


def test_a_preview_plans_and_sends_nothing(export, sandbox, list_id, bob):
    run = run_again(export, bob, preview=True)
    assert (run.status, run.counts["send"], run.batches.count()) == (Run.Status.PLANNED, 3, 1)
    # It is only looked at.
    assert api_calls(sandbox) == [f"GET /v3/contact_lists/{list_id}", "GET /v3/contacts/counts"]


def test_sending_a_preview_applies_exactly_its_plan(export, sandbox, list_id, tmp_path, bob):
    run = run_again(export, bob, preview=True)
    sent, _started = send_planned(run, by=bob)
    make_source(tmp_path, [{**PEOPLE[0], "email": "late@example.com"}])
    work_until_over(sent)
    assert on_list(sandbox, list_id) == REACHED


def test_an_outdated_preview_is_not_sent(export, bob):
    run = run_again(export, bob, preview=True)
    assert not changes_since(run)
    run_again(export, bob)
    assert changes_since(run)
    with pytest.raises(PlanOutdatedError):
        send_planned(run, by=bob)


def test_editing_the_export_changes_the_next_run_only(export, sandbox, list_id, bob):
    run = start_run(export, by=bob)[0]
    Export.objects.filter(pk=export.pk).update(list_id=sandbox.add_list("Another"), mapping={"email": "email"})
    work_until_over(run)
    assert on_list(sandbox, list_id) == REACHED
