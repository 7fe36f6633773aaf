"""SETTLE: compare what was planned with what Constant Contact counted, say the outcome, keep the plan as baseline."""

from __future__ import annotations

from django.utils import timezone

from engine.sessions import open_engine
from exports.models import Batch, Run
from exports.people.roster import RosterTakenError, fold_run
from exports.plan.dispositions import FAULTY
from exports.plan.reader import plan_of
from exports.plan.sql import listed, number_of
from exports.reports.numbers import RunNumbers, numbers_of
from exports.runs import finish_run

from .read_list import GAP, WAITING
from .work import Pause, Work

_MEMORY = "128MB"
_ROWS = f"SELECT profile_id, disposition, reason FROM read_parquet(%s) WHERE disposition IN {listed(FAULTY)}"  # noqa: S608
# EXCEPT ALL: two sources may have a profile with the same key.
_NEW = f"SELECT count(*) FROM ({_ROWS % '$now'} EXCEPT ALL {_ROWS % '$before'})"  # noqa: S608 - words of ours


def settle_run(work: Work) -> Pause | None:
    """End the run with its outcome. What follows may be repeated without harm."""
    run = work.run
    try:
        fold_run(run)
    except RosterTakenError:
        return Pause(timezone.now() + GAP, WAITING, moved=False)
    run.refresh_from_db()
    status, reason, details = outcome_of(run)
    finish_run(run, status, reason=reason, details=details)
    return None


def outcome_of(run: Run) -> tuple[str, str, dict[str, int]]:
    """Return (status, reason, details) of a run that has nothing left to do.

    *Completed with errors* is for what is new: profiles of this run that Constant Contact did not take, or that are
    left out for a fault of their data which the export's last run did not report. What was reported then is said again
    in a calm note, and the run is *Successful*.
    """
    batches = list(run.batches.all())
    numbers = numbers_of(run, batches)
    if run.cancel_requested_at is not None:
        return Run.Status.CANCELLED, "cancelled", {"sent": numbers.accepted}
    if batches and all(batch.state == Batch.State.REFUSED for batch in batches):
        return Run.Status.FAILED, "all_refused", {"batches": len(batches)}
    new = newly_left_out(run)
    reason = _reason(numbers, counts_agree=all(batch.counts_agree for batch in batches), left_out=new)
    if not reason:
        return Run.Status.SUCCEEDED, "", {}
    return Run.Status.COMPLETED_WITH_ERRORS, reason, {"left_out": numbers.faulty, "new": new}


def _reason(numbers: RunNumbers, *, counts_agree: bool, left_out: int) -> str:
    """The code of the worst that happened; the sentence names all of it."""
    not_added = numbers.refused + numbers.cannot_add
    if numbers.not_imported or numbers.outcome_unknown or numbers.not_sent:
        return "some_refused"
    if numbers.unaccounted or not counts_agree:
        return "counts_disagree"
    if not_added:
        return "some_left_out_and_not_added" if left_out else "some_not_added"
    return "some_left_out" if left_out else ""


def newly_left_out(run: Run) -> int:
    """Return how many profiles of the run's plan are left out for a fault that they did not have at its last report.

    Compared with the export's last run that was Successful or Completed with errors, by profile, disposition and the
    field at fault. Without such a run, or without its plan, all of them are new.
    """
    faulty = sum(int(run.counts.get(kind, 0)) for kind in FAULTY)
    runs = Run.objects.filter(export=run.export_id, pk__lt=run.pk, preview=False, status__in=Run.SETTLED)
    earlier = runs.exclude(plan_file="").order_by("-pk").first()
    if not faulty or earlier is None:
        return faulty
    # Planned from the same profiles and the same fields: no file has to be read.
    is_same = (
        run.plan_inputs == earlier.plan_inputs and run.configuration["mapping"] == earlier.configuration["mapping"]
    )
    if run.plan_inputs and is_same:
        return 0
    try:
        now, before = plan_of(run), plan_of(earlier)
    except FileNotFoundError:
        return faulty
    with open_engine(_MEMORY, reach=[now, before]) as duck:
        return number_of(duck, _NEW, now=str(now), before=str(before))
