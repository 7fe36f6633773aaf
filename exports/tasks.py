"""What the queue calls: an id, and nothing done twice."""

from . import refresh, run_log, scheduled
from .doorbell import ring
from .models import Run
from .pipeline import advance
from .runs import claim_run, ring_when_lease_lapses


def advance_run(run_id: int) -> None:
    """Work on the run, unless it is over, its time has not come, or somebody holds it: then look again later."""
    with run_log.about(run_id):
        if run := claim_run(run_id):
            advance(run)
        else:
            ring_when_lease_lapses(run_id)


def advance_open_runs() -> None:
    """Every minute: ring for the runs that should have gone on by now, whatever became of their message."""
    for run_id in Run.objects.due().values_list("pk", flat=True):
        ring(run_id)


def advance_refresh(refresh_id: int) -> None:
    refresh.advance_refresh(refresh_id)


def start_due() -> None:
    """Every minute: start what a timetable plans for now or before, and go on with refreshes left behind."""
    scheduled.start_due()
    refresh.ring_open_refreshes()
