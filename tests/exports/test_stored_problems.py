"""Problems are stored as codes; what version 1.0 stored is migrated, or read as it is."""

from importlib import import_module

from django.apps import apps
from django.utils import timezone

from exports.messages import run_message
from exports.models import Refresh, RefreshStep, Run

BEFORE = import_module("exports.migrations.0008_problems_are_codes")
OF_SEGMENT = {"msgid": "The segment “%(segment)s” has no profiles: %(count)s.", "params": {"segment": "A", "count": 0}}


def test_problems_of_refreshes_are_migrated_to_codes(export):
    refresh = Refresh.objects.create(
        trigger="on_demand", status="completed_with_errors", finished_at=timezone.now(),
        stored_problem={"msgid": next(iter(BEFORE.CODES)), "params": {}},
    )  # fmt: skip
    for msgid in ("", *BEFORE.CODES):
        step = {"kind": "segment", "name": msgid[:20], "state": "failed"}
        RefreshStep.objects.create(refresh=refresh, stored_problem={"msgid": msgid, "params": {}}, **step)
    run = Run.objects.create(
        export=export, status="skipped", finished_at=timezone.now(), configuration={"mapping": {}}, trigger="refresh",
        reason="segment", reason_details={"msgid": next(iter(BEFORE.CODES)), "params": {}},
    )  # fmt: skip

    BEFORE.keep_codes(apps, None)

    refresh.refresh_from_db()
    run.refresh_from_db()
    assert refresh.stored_problem == run.reason_details == {"code": "refresh.gave_up", "details": {}}
    assert [step.stored_problem.get("code") for step in refresh.steps.all()] == [None, *BEFORE.CODES.values()]
    assert all(step.problem.happened for step in refresh.steps.exclude(name=""))


def test_what_segments_said_in_words_is_shown_as_it_was(export):
    refresh = Refresh.objects.create(trigger="on_demand")
    step = RefreshStep.objects.create(refresh=refresh, kind="segment", name="A", stored_problem=OF_SEGMENT)

    BEFORE.keep_codes(apps, None)

    step.refresh_from_db()
    assert step.stored_problem == OF_SEGMENT
    assert str(step.problem) == str(run_message("segment", OF_SEGMENT)) == "The segment “A” has no profiles: 0."
