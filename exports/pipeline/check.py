"""CHECK: the list is read back, to name who is not there."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from constant_contact import (
    OutcomeUnknownError,
    QuotaExceededError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)
from exports.models import Batch, Run
from exports.people.roster import RosterTakenError, count_missing, fold_run
from jobs.limits import WAITS

from .read_list import GAP, WAITING, ListUnreadableError, read_list
from .work import Pause, Work

PATIENCE = timedelta(seconds=WAITS.checked)
_ACCEPTED = Q(state=Batch.State.COMPLETED, counts_agree=True, accepted=F("rows"))


def check_list_of_run(work: Work) -> Pause | None:
    """Read the list back after a run of which not everybody was accepted, and count by name who is missing.

    What can't be read now costs nobody anything: the next run reads the list before it plans.
    """
    run = work.run
    if not is_to_be_checked(run):
        return None
    try:
        fold_run(run)
        pause = read_list(work, PATIENCE)
    except RosterTakenError:
        return Pause(timezone.now() + GAP, WAITING, moved=False)
    except (ListUnreadableError, QuotaExceededError, RejectedError) as error:
        _leave_it(work, error)
        return None
    except (ThrottledError, UnavailableError, OutcomeUnknownError) as error:
        if run.reading_since is None or timezone.now() - run.reading_since < PATIENCE:
            raise
        _leave_it(work, error)
        return None
    if pause is not None:
        return pause
    missing = count_missing(run)
    with work.lease.writing(reading_since=None):
        for batch in run.batches.filter(state=Batch.State.COMPLETED):
            Batch.objects.filter(pk=batch.pk).update(missing=missing.get(batch.number, 0))
    run.reading_since = None
    return None


def _leave_it(work: Work, error: Exception) -> None:
    """Nobody waits for who is missing: neither this run's end nor the next run to the list."""
    work.run.record("list_unreadable", told=str(error))
    work.write(reading_since=None)


def is_to_be_checked(run: Run) -> bool:
    """Whether somebody may have been sent and is not on the list, and that was not looked at."""
    arrived = run.batches.filter(posts__gt=0).exclude(state=Batch.State.REFUSED, activity_id="")
    if run.cancel_requested_at is not None or run.batches.filter(missing__isnull=False).exists():
        return False
    return (arrived if settings.READ_LIST_AFTER_RUNS else arrived.exclude(_ACCEPTED)).exists()
