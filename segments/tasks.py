"""What the workers call. Tasks take an id and hold no logic."""

from engine import copies
from engine.sessions import sweep_scratch
from jobs.due import enqueue_due
from profiles import tasks as profile_tasks
from profiles.databases.refreshing import resume_refreshes
from profiles.imports.lifecycle import resume_imports

from .evaluations.lifecycle import claim_evaluation, do_evaluation, resume_evaluations


def evaluate_segment(evaluation_id: int) -> None:
    evaluation = claim_evaluation(evaluation_id)
    enqueue_due()
    if evaluation:
        do_evaluation(evaluation)
        enqueue_due()


def every_minute() -> None:
    resume_imports()
    resume_refreshes()
    resume_evaluations()
    sweep_scratch()
    copies.sweep()


# Messages that were queued before the profiles had an app of their own name these here. For one release.
import_profiles = profile_tasks.import_profiles
refresh_source = profile_tasks.refresh_source
