"""What the workers call. Tasks take an id and hold no logic."""

from jobs.due import enqueue_due

from .databases.refreshing import claim_refresh, do_refresh
from .imports.lifecycle import claim_import, do_import


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
