"""What the workers call. Tasks take an id and hold no logic."""

from engine import copies
from jobs.due import enqueue_due

from .databases.refreshing import claim_refresh, do_refresh, resume_refreshes
from .engine import sweep_scratch
from .evaluations import claim_evaluation, do_evaluation, resume_evaluations
from .imports import claim_import, do_import, resume_imports


def import_profiles(import_id: int) -> None:
    job = claim_import(import_id)
    enqueue_due()
    if job:
        do_import(job)
        enqueue_due()


def refresh_source(source_id: int) -> None:
    address = claim_refresh(source_id)
    enqueue_due()
    if address:
        do_refresh(address)
        enqueue_due()


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
