"""What the workers call. Tasks take an id and hold no logic."""

from .engine import sweep_scratch
from .imports import claim_import, do_import, resume_imports


def import_profiles(import_id: int) -> None:
    job = claim_import(import_id)
    if job:
        do_import(job)


def every_minute() -> None:
    resume_imports()
    sweep_scratch()
