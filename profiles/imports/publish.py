"""Makes an ingested file the source's profiles, in one UPDATE, and tells what that means for its segments."""

from collections.abc import Iterator
from functools import partial

from django.db import transaction
from django.utils import timezone

from engine.files import discard
from profiles.files.workbook import WorkbookForm
from profiles.models import ProfileImport, ProfileSource
from profiles.signals import attributes_change, profiles_changed
from profiles.snapshots import delete_superseded
from web.messages import Message

from .ingest import IngestedFile


def publish(job: ProfileImport, ingested: IngestedFile) -> None:
    """Put the new profiles in the place of the old ones, and have the segments that follow them evaluated anew.

    Runs in the transaction that ends the import. Files nobody needs are deleted once that has committed.
    """
    ProfileSource.objects.filter(pk=job.source_id).update(
        snapshot=ingested.snapshot,
        columns=[attribute.as_json() for attribute in ingested.attributes],
        row_count=ingested.rows,
        key_attribute=job.key_attribute,
        updated_attribute=job.updated_attribute,
        file_name=job.file_name,
        refreshed_at=timezone.now(),
    )
    form = ingested.form
    ProfileImport.objects.filter(pk=job.pk).update(
        row_count=ingested.rows,
        encoding=getattr(form, "encoding", ""),
        delimiter=getattr(form, "delimiter", ""),
        sheet=form.sheet if isinstance(form, WorkbookForm) and form.other_sheets else "",
        stored_warnings=[warning.as_json() for warning in _warnings(job, ingested)],
    )
    profiles_changed.send(ProfileSource, source_id=job.source_id)
    # Robust: the profiles are published, and an error in what follows must not look like a failed import.
    transaction.on_commit(partial(discard, job.upload), robust=True)
    transaction.on_commit(lambda: delete_superseded(ProfileSource.objects.get(pk=job.source_id)), robust=True)


def _warnings(job: ProfileImport, ingested: IngestedFile) -> Iterator[Message]:
    """What people should know about profiles that were imported all the same."""
    if not any(attribute.looks_like_email for attribute in ingested.attributes):
        yield Message("no_email_column")
    yield from ingested.warnings
    for attribute in ingested.attributes:
        if attribute.rewritten:
            yield Message("column_rewritten", {"column": attribute.name, "count": attribute.rewritten})
    updated = next((attribute for attribute in ingested.attributes if attribute.name == job.updated_attribute), None)
    if updated is not None and not updated.is_temporal:
        yield Message("updated_column_without_dates", {"column": updated.name})
    answers = attributes_change.send(ProfileSource, source=job.source, attributes=ingested.attributes)
    broken = [name for _receiver, names in answers for name in names or ()]
    if broken:
        yield Message("segments_no_longer_fit", {"segments": broken})
