"""SETTLE: compare what was planned with what Constant Contact counted, say the outcome, keep the plan as baseline."""

from __future__ import annotations

from exports.models import Batch, Run
from exports.reports.left_out import newly_left_out
from exports.reports.numbers import RunNumbers, numbers_of
from exports.runs import finish_run

from .outcome import Pause
from .work import Work

Outcome = tuple[str, str, dict[str, int]]


def settle_run(work: Work) -> Pause | None:
    """End the run with its outcome. What follows may be repeated without harm."""
    run = work.run
    run.refresh_from_db()
    status, reason, details = outcome_of(run)
    finish_run(run, status, reason=reason, details=details)
    return None


def outcome_of(run: Run) -> Outcome:
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
