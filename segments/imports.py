"""The life of an import: asked for, claimed by one worker, kept alive while it goes on, ended.

Only this module writes ProfileImport.state. A claim runs out two minutes after its worker was last heard of; then the
tick of the next minute hands the import to another one, up to three times. While the storage or the disk is away it
waits with growing gaps, for hours; `claimed_until` says until when.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.files import File
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from django_q.tasks import async_task

from engine.files import discard, local_copy, store
from engine.outages import MAX_WAITS, StorageUnavailableError, disk_outages, gap_after

from .errors import ImportRefusedError, SegmentError, Sentence
from .intake import Intake, Progress, take_in
from .models import ProfileImport, ProfileSource
from .publish import publish

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
MAX_ATTEMPTS = 3
TASK_SECONDS = 1100  # a file of many gigabytes; less than the queue's own `retry`
Tell = Callable[[int], None]  # is told the percent done

ALREADY_IMPORTING = _("A file is being imported into “%(source)s” right now. Wait until that is done, then try again.")
INTERRUPTED = _("The import was interrupted. Upload the file again.")
UNEXPECTED = _("The import failed unexpectedly. Try again; if it fails again, show this to your administrator.")
GAVE_UP = _(
    "For hours the file storage could not be reached, or the disk was full, so the import was given up. Upload the "
    "file again once that is cured."
)


def start_import(source: ProfileSource, upload: File, *, key: str, updated: str, by: Any) -> ProfileImport:
    """Store the upload and ask a worker to import it. Row and message commit together, with the source if it is new.

    Raises ImportRefusedError while another file is being imported into the source, StorageUnavailableError, and for a
    new source IntegrityError. Then nothing is stored.
    """
    file_name = str(upload.name)
    name = store("uploads", upload)
    try:
        with transaction.atomic():
            if source.pk is None:
                source.save()
            return _ask(source, name, file_name, key, updated, by)
    except BaseException:
        discard(name)
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

    Raises ImportRefusedError, or StorageUnavailableError: whoever waits is told at once.
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
    except StorageUnavailableError as error:
        _fail(job, Sentence(error.msgid))
        raise
    except BaseException:  # Ctrl-C too: nobody else can carry on with a file that only this host has
        _fail(job, Sentence(UNEXPECTED))
        raise
    job.refresh_from_db()
    return job


def claim_import(import_id: int) -> ProfileImport | None:
    """Return the import if this worker may do it now, else None: it is done, or somebody else is doing it."""
    now = timezone.now()
    free = Q(state=ProfileImport.State.QUEUED, claimed_until=None) | Q(claimed_until__lt=now)
    claimed = ProfileImport.objects.filter(free, pk=import_id, state__in=ProfileImport.OPEN).update(
        state=ProfileImport.State.RUNNING, claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    return ProfileImport.objects.select_related("source").get(pk=import_id) if claimed else None


def do_import(job: ProfileImport) -> None:
    """Do a claimed import to its end, done or failed with a sentence, or put it down while storage or disk are away."""
    if job.attempts - job.waits > MAX_ATTEMPTS:
        return _fail(job, Sentence(INTERRUPTED))
    try:
        with disk_outages():
            _import(job, local_copy(job.upload).resolve(), lambda percent: None)
    except StorageUnavailableError as error:
        _wait(job, error)
    except ImportRefusedError as error:
        _fail(job, error.sentence)
    except LostImportError:
        pass  # somebody else claimed it, and will say how it ended
    except FileNotFoundError:
        _fail(job, Sentence(INTERRUPTED))
    except (OperationalError, InterfaceError):
        raise  # our own database is away: the claim runs out, and the tick hands the import on
    except Exception:
        logger.exception("Import %s failed unexpectedly", job.pk)
        _fail(job, Sentence(UNEXPECTED))


def resume_imports() -> None:
    """Ring again for imports that waited, whose worker died, or whose message was lost. Runs every minute."""
    now = timezone.now()
    forgotten = Q(claimed_until=None, created_at__lt=now - LEASE)
    for job in ProfileImport.objects.filter(Q(claimed_until__lt=now) | forgotten, state__in=ProfileImport.OPEN):
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
            _mine(job, state=ProfileImport.State.DONE, progress=100, finished_at=timezone.now(), stored_problem={})
            publish(job, intake)
    except LostImportError:  # taken up by somebody else, or the source is gone: nobody will ever use this snapshot
        discard(intake.snapshot)
        raise


def _watched(job: ProfileImport, path: Path, tell: Tell) -> Intake:
    """Take the file in on a thread of its own, and meanwhile show how far it is and keep the claim alive."""
    progress = Progress()
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(take_in, path, job.source_id, job.key_attribute, job.updated_attribute, progress)
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


def _wait(job: ProfileImport, outage: StorageUnavailableError) -> None:
    """Put the import down until the next try, and say why nothing moves. After many tries it is given up."""
    logger.warning("Import %s waits for storage or disk: %s", job.pk, outage.detail)
    if job.waits >= MAX_WAITS:
        return _fail(job, Sentence(GAVE_UP))
    with suppress(LostImportError):
        _mine(
            job,
            state=ProfileImport.State.QUEUED,
            progress=0,
            waits=F("waits") + 1,
            claimed_until=timezone.now() + gap_after(job.waits),
            stored_problem=Sentence(outage.waiting).as_json(),
        )


def _fail(job: ProfileImport, problem: Sentence) -> None:
    ended = ProfileImport.objects.filter(pk=job.pk, state__in=ProfileImport.OPEN, attempts=job.attempts).update(
        state=ProfileImport.State.FAILED, stored_problem=problem.as_json(), finished_at=timezone.now()
    )
    if ended:
        discard(job.upload)
