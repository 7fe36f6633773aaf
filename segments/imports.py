"""The life of an import: asked for, claimed by one worker, kept alive while it goes on, ended.

Only this module writes ProfileImport.state. A claim runs out two minutes after its worker was last heard of; then the
tick of the next minute hands the import to another one, up to three times.
"""

import logging
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from django_q.tasks import async_task

from logs import bound, event, in_this_context

from .errors import ImportRefusedError, SegmentError, Sentence
from .intake import Intake, Progress, take_in
from .models import ProfileImport, ProfileSource
from .publish import publish
from .snapshots import delete_upload, local_copy

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 3
TASK_SECONDS = 1100  # a file of many gigabytes; less than the queue's own `retry`
Tell = Callable[[int], None]  # is told the percent done

ALREADY_IMPORTING = _("A file is being imported into “%(source)s” right now. Wait until that is done, then try again.")
INTERRUPTED = _("The import was interrupted. Upload the file again.")
UNEXPECTED = _("The import failed unexpectedly. Try again; if it fails again, show this to your administrator.")


def start_import(source: ProfileSource, upload: File, *, key: str, updated: str, by: Any) -> ProfileImport:
    """Store the upload and ask a worker to import it. Row and message commit together.

    Raises ImportRefusedError while another file is being imported into the source.
    """
    name = default_storage.save(f"uploads/{uuid.uuid4()}", upload)
    try:
        return _ask(source, name, str(upload.name), key, updated, by)
    except BaseException:
        default_storage.delete(name)
        raise


def _ask(source: ProfileSource, name: str, file_name: str, key: str, updated: str, by: Any) -> ProfileImport:
    try:
        with transaction.atomic():
            job = ProfileImport.objects.create(
                source=source,
                upload=name,
                file_name=Path(file_name).name[:255],
                key_attribute=key,
                updated_attribute=updated,
                created_by=by,
            )
            _ring(job.pk)
    except IntegrityError:  # constraint one_open_import_per_source
        raise ImportRefusedError(ALREADY_IMPORTING, source=source.name) from None
    return job


def _ring(import_id: int) -> None:
    async_task("segments.tasks.import_profiles", import_id, timeout=TASK_SECONDS, save=False)


def import_now(
    source: ProfileSource, path: Path, *, key: str, updated: str, tell: Tell = lambda percent: None
) -> ProfileImport:
    """Import the CSV or Parquet file at `path` in this process, telling how far it is, and return the import, done.

    Raises ImportRefusedError.
    """
    try:
        with transaction.atomic():
            job = ProfileImport.objects.create(
                source=source,
                file_name=path.name[:255],
                key_attribute=key,
                updated_attribute=updated,
                state=ProfileImport.State.RUNNING,
                attempts=1,
                claimed_until=timezone.now() + LEASE,
            )
    except IntegrityError:
        raise ImportRefusedError(ALREADY_IMPORTING, source=source.name) from None
    try:
        _import(job, path.resolve(), tell)
    except ImportRefusedError as error:
        _fail(job, error.sentence)
        raise
    except BaseException:  # Ctrl-C too: nobody else can carry on with a file that only this host has
        _fail(job, Sentence(UNEXPECTED))
        raise
    job.refresh_from_db()
    return job


def claim_import(import_id: int) -> ProfileImport | None:
    """Return the import if this worker may do it now, else None: it is done, or somebody else is doing it."""
    now = timezone.now()
    lapsed = Q(state=ProfileImport.State.RUNNING, claimed_until__lt=now)
    waiting = Q(state=ProfileImport.State.QUEUED) | lapsed
    claimed = ProfileImport.objects.filter(waiting, pk=import_id).update(
        state=ProfileImport.State.RUNNING, claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    return ProfileImport.objects.select_related("source").get(pk=import_id) if claimed else None


def do_import(job: ProfileImport) -> None:
    """Do a claimed import to its end: done, or failed with a sentence."""
    with bound(import_id=job.pk, source_id=job.source_id):
        event(logger, "import claimed", attempt=job.attempts)
        _do(job)


def _do(job: ProfileImport) -> None:
    if job.attempts > MAX_ATTEMPTS:
        return _fail(job, Sentence(INTERRUPTED))
    try:
        _import(job, local_copy(job.upload, default_storage).resolve(), lambda percent: None)
    except ImportRefusedError as error:
        _fail(job, error.sentence)
    except LostImportError:
        event(logger, "import given up", attempt=job.attempts)  # somebody else claimed it, and will say how it ended
    except FileNotFoundError:
        _fail(job, Sentence(INTERRUPTED))
    except Exception:
        logger.exception("Import %s failed unexpectedly", job.pk)
        _fail(job, Sentence(UNEXPECTED))


def resume_imports() -> None:
    """Ring again for imports whose worker died, and for those whose message was lost. Runs every minute."""
    now = timezone.now()
    lapsed = Q(state=ProfileImport.State.RUNNING, claimed_until__lt=now)
    forgotten = Q(state=ProfileImport.State.QUEUED, created_at__lt=now - LEASE)
    for job in ProfileImport.objects.filter(lapsed | forgotten):
        if job.upload:
            _ring(job.pk)
        else:
            _fail(job, Sentence(INTERRUPTED))


class LostImportError(SegmentError):
    """Another worker has claimed the import since: whatever this one has done counts for nothing."""


def _import(job: ProfileImport, path: Path, tell: Tell) -> None:
    intake = _watched(job, path, tell)
    try:
        with transaction.atomic():
            _mine(job, state=ProfileImport.State.DONE, progress=100, finished_at=timezone.now())
            publish(job, intake)
    except LostImportError:  # taken up by somebody else, or the source is gone: nobody will ever use this snapshot
        default_storage.delete(intake.snapshot)
        raise
    _log_end(job, ProfileImport.State.DONE, rows=intake.rows)


def _watched(job: ProfileImport, path: Path, tell: Tell) -> Intake:
    """Take the file in on a thread of its own, and meanwhile show how far it is and keep the claim alive."""
    progress = Progress()
    with ThreadPoolExecutor(max_workers=1) as pool:
        work = in_this_context(take_in)
        future = pool.submit(work, path, job.source_id, job.key_attribute, job.updated_attribute, progress)
        try:
            while not wait([future], timeout=1).done:
                percent = progress.look()
                tell(percent)
                _mine(job, progress=percent, claimed_until=timezone.now() + LEASE)
        except BaseException:
            progress.stop()
            raise
    return future.result()


def _mine(job: ProfileImport, **changes: Any) -> None:
    """Change the row if this worker still holds its claim. Raises LostImportError if not."""
    mine = ProfileImport.objects.filter(pk=job.pk, state=ProfileImport.State.RUNNING, attempts=job.attempts)
    if not mine.update(**changes):
        raise LostImportError(INTERRUPTED)


def _fail(job: ProfileImport, problem: Sentence) -> None:
    ended = ProfileImport.objects.filter(pk=job.pk, state__in=ProfileImport.OPEN, attempts=job.attempts).update(
        state=ProfileImport.State.FAILED, stored_problem=problem.as_json(), finished_at=timezone.now()
    )
    if ended:
        _log_end(job, ProfileImport.State.FAILED, reason=problem.msgid)
        delete_upload(job.upload)


def _log_end(job: ProfileImport, status: str, **fields: Any) -> None:
    """How it ended, with the seconds since it was asked for: there is no column for when it was begun."""
    took = (timezone.now() - job.created_at).total_seconds()
    with bound(import_id=job.pk, source_id=job.source_id):  # of a command, or of the tick that gives up on it
        event(logger, "import ended", status=str(status), seconds=round(took, 3), **fields)
