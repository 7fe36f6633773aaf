"""What a run and a system refresh make of static and inactive segments, and of one that somebody else evaluates."""

from exports.messages import run_message
from exports.models import Refresh, Run
from exports.runs import start_run
from exports.schedule.refresh import advance_refresh, start_refresh
from segments.evaluations.lifecycle import evaluate_now, start_evaluation
from segments.models import Evaluation, Segment
from segments.tasks import evaluate_segment
from tests.support.fixtures_exports import (
    PEOPLE,
    REACHED,
    make_segment,
    make_source,
    on_list,
    refresh_until_over,
    work_until_over,
)


def refreshed():
    refresh, _started = start_refresh(by=None, trigger="on_demand")
    return refresh_until_over(refresh)


def test_an_export_with_an_inactive_segment_is_skipped_and_says_which(export, source, alice, sandbox, list_id):
    export.segments.add(make_segment(source, "Draft"))
    Segment.objects.filter(name="Draft").update(state="inactive")

    run, _started = start_run(export, by=alice)
    work_until_over(run)

    assert (run.status, on_list(sandbox, list_id)) == (Run.Status.SKIPPED, set())
    told = str(run_message(run.reason, run.reason_details))
    assert told == "The segment “Draft” is inactive. Activate it, or take it out of the export."


def test_a_preview_with_an_inactive_segment_says_so_too(export, alice):
    Segment.objects.update(state="inactive")

    run, _started = start_run(export, by=alice, preview=True)
    work_until_over(run)

    assert (run.status, run.reason) == (Run.Status.SKIPPED, "segment")


def test_a_refresh_evaluates_only_what_is_dynamic_and_active(export, source):
    make_segment(source, "Static")
    make_segment(source, "Draft")
    Segment.objects.filter(name="Static").update(type="static")
    Segment.objects.filter(name="Draft").update(state="inactive")

    refresh = refreshed()

    assert list(refresh.steps.filter(kind="segment").values_list("name", "state")) == [("France", "done")]
    assert refresh.status == Refresh.Status.SUCCEEDED
    assert [(each.segment.name, each.trigger) for each in Evaluation.objects.all()] == [("France", "system")]


def test_a_static_segment_is_sent_as_it_was_evaluated(export, source, tmp_path, alice, sandbox, list_id):
    Segment.objects.update(type="static")
    evaluate_now(Segment.objects.get(), trigger="refresh")
    moved = [{**person, "country": "France"} for person in PEOPLE if person["id"] != "2"]
    make_source(tmp_path, moved)

    run, _started = start_run(export, by=alice)
    work_until_over(run)

    assert on_list(sandbox, list_id) == REACHED - {"ben@example.com"}  # gone; and Goro, who came to France, is not in


def test_a_static_segment_that_was_never_evaluated_skips_the_run(export, alice):
    Segment.objects.update(type="static")

    run, _started = start_run(export, by=alice)
    work_until_over(run)

    assert run.status == Run.Status.SKIPPED
    assert "are not known yet. Refresh it first." in str(run_message(run.reason, run.reason_details))


def test_a_refresh_waits_for_an_evaluation_that_somebody_else_asked_for(export, bob):
    evaluation, _started = start_evaluation(Segment.objects.get(), trigger="refresh", by=bob)

    refresh, _started = start_refresh(by=None, trigger="on_demand")
    advance_refresh(refresh.pk)
    assert dict(refresh.steps.values_list("name", "state")) == {"France": "pending", "Newsletter": "pending"}
    evaluate_segment(evaluation.pk)
    advance_refresh(refresh.pk)

    assert dict(refresh.steps.values_list("name", "state")) == {"France": "done", "Newsletter": "done"}
    assert Evaluation.objects.count() == 1


def test_what_is_deactivated_meanwhile_is_no_failure(export):
    refresh, _started = start_refresh(by=None, trigger="on_demand")
    Segment.objects.update(state="inactive")

    advance_refresh(refresh.pk)

    assert refresh.steps.get(kind="segment").state == "gone"
