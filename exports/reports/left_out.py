"""Who was left out for a fault of their data that nobody knows of yet: what somebody should look at now."""

from __future__ import annotations

from engine.sessions import open_engine
from exports.models import Run
from exports.plan.dispositions import FAULTY
from exports.plan.reader import plan_of
from exports.plan.sql import listed, number_of

_MEMORY = "128MB"
_ROWS = f"SELECT profile_id, disposition, reason FROM read_parquet(%s) WHERE disposition IN {listed(FAULTY)}"  # noqa: S608
# EXCEPT ALL: two sources may have a profile with the same key.
_NEW = f"SELECT count(*) FROM ({_ROWS % '$now'} EXCEPT ALL {_ROWS % '$before'})"  # noqa: S608 - words of ours


def newly_left_out(run: Run) -> int:
    """Return how many profiles of the run's plan are left out for a fault that they did not have at its last report.

    Compared with the export's last run that was Successful or Completed with errors, by profile, disposition and the
    field at fault. Without such a run, or without its plan, all of them are new.
    """
    faulty = sum(int(run.counts.get(kind, 0)) for kind in FAULTY)
    reported = (Run.Status.SUCCEEDED, Run.Status.COMPLETED_WITH_ERRORS)
    runs = Run.objects.filter(export=run.export_id, pk__lt=run.pk, preview=False, status__in=reported)
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
