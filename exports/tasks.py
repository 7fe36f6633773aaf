"""What the queue calls: an id, and nothing done twice. Who comes or goes also looks for work that was forgotten."""

from django.utils import timezone

from jobs.due import enqueue_due
from jobs.limits import LIMITS
from jobs.queue import enqueue
from logs import bound

from .editing import suppression_uploads
from .erasing import lifecycle as erasures
from .models import Run
from .people import scratch_lists
from .pipeline.advance import advance
from .runs import claim_run, enqueue_when_lease_lapses
from .schedule import due, refresh


def advance_run(run_id: int) -> None:
    """Work on the run, unless it is over, its time has not come, or somebody holds it: then look again later."""
    with bound(run_id=run_id):
        if run := claim_run(run_id):
            enqueue_due()
            advance(run)
        else:
            enqueue_when_lease_lapses(run_id)
    enqueue_due()


def advance_open_runs() -> None:
    """Every minute: ask for the runs that should have gone on by now, whatever became of their message.

    And for the lists that runs left at Constant Contact.
    """
    for run_id in Run.objects.due().values_list("pk", flat=True):
        enqueue(LIMITS.run, run_id)
    for list_pk in scratch_lists.due_scratch_lists(timezone.now()):
        enqueue(LIMITS.scratch_list, list_pk)


def delete_scratch_list(pk: int) -> None:
    scratch_lists.delete_left_behind(pk)
    enqueue_due()


def advance_refresh(refresh_id: int) -> None:
    refresh.advance_refresh(refresh_id)
    enqueue_due()


def advance_erasure(erasure_id: int) -> None:
    erasures.advance_erasure(erasure_id)
    enqueue_due()


def start_due() -> None:
    """Every minute: start what a timetable plans for now or before, and go on with refreshes and erasures left
    behind."""
    due.start_due()
    refresh.resume_refreshes()
    erasures.resume_erasures()


def add_suppressions(upload_id: int) -> None:
    """Go on with the addresses of an uploaded file."""
    suppression_uploads.go_on(upload_id)
    enqueue_due()
