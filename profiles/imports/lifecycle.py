"""The life of an import: asked for, claimed by one worker, kept alive while it goes on, ended.

Only this module writes ProfileImport.state. A claim runs out two minutes after its worker was last heard of; then the
import is handed to another one, with growing gaps, up to three times (LIMITS.profile_import). While the storage or the
disk is away it waits, also with growing gaps, for hours; `claimed_until` says until when.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any, Unpack

from django.core.files import File
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from engine.cancellation import Cancellation, TookTooLongError, run_cancellable
from engine.files import discard, local_copy, store
from engine.outages import MAX_WAITS, StorageUnavailableError, disk_outages, outage_gap
from jobs.claims import Claims, Renewal
from jobs.constraints import violates
from jobs.limits import LIMITS
from jobs.queue import enqueue
from logs import bound, event
from profiles.errors import ImportRefusedError, ProfileError
from profiles.files.options import DAMAGED, ReadingOptions
from profiles.models import ProfileImport, ProfileSource
from web.messages import Message

from .ingest import IngestedFile, Progress, ingest
from .publish import publish

logger = logging.getLogger(__name__)

CLAIMS = Claims(LIMITS.profile_import, asked_at="created_at")
IMPORT_SECONDS = LIMITS.profile_import.work or 0
MAX_ATTEMPTS = LIMITS.profile_import.attempts
Report = Callable[[int], None]  # is given the percent done


def start_import(
    source: ProfileSource, upload: File, *, key: str, updated: str, by: Any, **options: Unpack[ReadingOptions]
) -> ProfileImport:
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
            job = ProfileImport(
                source=source,
                upload=name,
                file_name=Path(file_name).name[:255],
                key_attribute=key,
                updated_attribute=updated,
                created_by=by,
                **options,
            )
            return _ask(job)
    except BaseException:
        discard(name)
        raise


def import_marking_damaged(failed: ProfileImport, by: Any) -> ProfileImport:
    """Ask for the file of a failed import again, whose damaged letters are to be marked now.

    Raises ImportRefusedError when the file is gone, or another one is being imported into the source.
    """
    again = ProfileImport(
        source=failed.source,
        upload=failed.upload,
        file_name=failed.file_name,
        key_attribute=failed.key_attribute,
        updated_attribute=failed.updated_attribute,
        created_by=by,
        mark_damaged=True,
    )
    with transaction.atomic():
        # The file belongs to one import: of two people who ask, one is first.
        of_file = ProfileImport.objects.filter(pk=failed.pk, upload=failed.upload)
        if not failed.may_mark_damaged or not of_file.update(upload=""):
            raise ImportRefusedError("import_interrupted")
        return _ask(again)


def _ask(job: ProfileImport) -> ProfileImport:
    try:
        with transaction.atomic():
            job.save()
            enqueue(LIMITS.profile_import, job.pk)
    except IntegrityError as error:
        raise _refusal(job.source, error) from None
    return job


def _refusal(source: ProfileSource, error: IntegrityError) -> Exception:
    """What to raise when the database refused an import: a sentence for the reason we know, else the error itself."""
    if violates(error, ProfileImport, "one_open_import_per_source"):
        return ImportRefusedError("import_under_way", source=source.name)
    return error


def import_now(
    source: ProfileSource,
    path: Path,
    *,
    key: str,
    updated: str,
    report: Report = lambda percent: None,
    **options: Unpack[ReadingOptions],
) -> ProfileImport:
    """Import the file at `path` in this process, reporting how far it is, and return the import, done.

    Raises ImportRefusedError, or StorageUnavailableError: nothing is tried again while somebody waits.
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
                claimed_until=timezone.now() + CLAIMS.lease,
                **options,
            )
    except IntegrityError as error:
        raise _refusal(source, error) from None
    source.refresh_from_db(fields=["columns"])  # what is chosen there is kept, and from now on nobody chooses anew
    try:
        _import(job, path.resolve, report, inf)
    except (ImportRefusedError, StorageUnavailableError) as error:
        _fail(job, error.message)
        raise
    except BaseException:  # Ctrl-C too: nobody else can carry on with a file that only this host has
        _fail(job, Message("import_failed"))
        raise
    job.refresh_from_db()
    return job


def claim_import(import_id: int) -> ProfileImport | None:
    """Return the import if this worker may do it now, else None: it is done, or somebody else is doing it."""
    claimed = CLAIMS.take(_open_ones().filter(pk=import_id), state=ProfileImport.State.RUNNING)
    return ProfileImport.objects.select_related("source").get(pk=import_id) if claimed else None


def do_import(job: ProfileImport) -> None:
    """Do a claimed import to its end, done or failed with a sentence, or put it down while storage or disk are away."""
    with bound(import_id=job.pk, source_id=job.source_id):
        event(logger, "import claimed", attempt=job.attempts)
        _do(job)


def _do(job: ProfileImport) -> None:
    if job.attempts > MAX_ATTEMPTS:
        return _give_up(job)
    try:
        with disk_outages():
            _import(job, lambda: local_copy(job.upload).resolve(), lambda percent: None, IMPORT_SECONDS)
    except StorageUnavailableError as error:
        _wait(job, error)
    except ImportRefusedError as error:
        _fail(job, error.message)
    except LostImportError:
        event(logger, "import given up", attempt=job.attempts)  # somebody else claimed it, and will say how it ended
    except FileNotFoundError:
        _fail(job, Message("import_interrupted"))
    except (OperationalError, InterfaceError):
        raise  # our own database is away: the claim runs out, and the next worker goes on
    except Exception:
        logger.exception("Import %s failed unexpectedly", job.pk)
        _fail(job, Message("import_failed"))


def due_imports(before: datetime) -> QuerySet[Any, int]:
    """Return the imports that any worker could have begun before that moment."""
    return CLAIMS.due(_open_ones().exclude(upload=""), before)


def resume_imports() -> None:
    """Ask again for imports that nobody works on, whatever became of their message. Runs every minute."""
    for job in _open_ones().filter(upload="", claimed_until__lt=timezone.now()):
        _fail(job, Message("import_interrupted"))  # of a command: only a host which died had its file
    CLAIMS.resume(_open_ones().exclude(upload=""), _give_up)


def _open_ones() -> QuerySet[ProfileImport]:
    return ProfileImport.objects.filter(state__in=ProfileImport.OPEN)


class LostImportError(ProfileError):
    """Another worker has claimed the import since: whatever this one has done counts for nothing."""


def _import(job: ProfileImport, find: Callable[[], Path], report: Report, seconds: float) -> None:
    ingested = _watched(job, find, report, seconds)
    try:
        with transaction.atomic():
            _change(job, state=ProfileImport.State.DONE, progress=100, finished_at=timezone.now(), stored_problem={})
            publish(job, ingested)
    except LostImportError:  # taken up by somebody else, or the source is gone: nobody will ever use this snapshot
        discard(ingested.snapshot)
        raise
    _log_end(job, ProfileImport.State.DONE, rows=ingested.rows)


def _watched(job: ProfileImport, find: Callable[[], Path], report: Report, seconds: float) -> IngestedFile:
    """Ingest the file on a thread of its own, and meanwhile show how far it is and keep the claim alive.

    To `find` the file may take long too: it may have to be fetched first. Raises LostImportError, and
    ImportRefusedError when it takes longer than `seconds`.
    """
    progress, known = Progress(), job.source.attributes()

    def work(cancellation: Cancellation) -> IngestedFile:
        with cancellation.on_cancel(progress.stop):
            return ingest(find(), job.source_id, job.key_attribute, job.updated_attribute, progress, known, job.options)

    def renew() -> bool:
        report(progress.current())
        _change(job, progress=progress.current(), claimed_until=timezone.now() + CLAIMS.lease)
        return True

    claim = Renewal(renew, lease=CLAIMS.lease.total_seconds())
    try:
        return run_cancellable(
            work,
            seconds=seconds,
            is_wanted=claim.is_held,
            discard=lambda late: discard(late.snapshot),
        )
    except TookTooLongError:
        raise ImportRefusedError("import_too_long", minutes=LIMITS.profile_import.minutes) from None


def _change(job: ProfileImport, **changes: Any) -> None:
    """Change the row if this worker still holds its claim. Raises LostImportError if not."""
    if not _claimed(job).update(**changes):
        raise LostImportError("import_interrupted")


def _claimed(job: ProfileImport) -> QuerySet[ProfileImport]:
    return ProfileImport.objects.filter(pk=job.pk, state=ProfileImport.State.RUNNING, attempts=job.attempts)


def _give_up(job: ProfileImport) -> None:
    logger.error("Import %s was given up after %s attempts", job.pk, job.attempts)
    _fail(job, Message("import_gave_up"))


def _wait(job: ProfileImport, outage: StorageUnavailableError) -> None:
    """Put the import down until the next try, and say why nothing moves. After many tries it is given up."""
    logger.warning("Import %s waits for storage or disk: %s", job.pk, outage.detail)
    if job.waits >= MAX_WAITS:
        return _fail(job, Message("import_gave_up_waiting"))
    CLAIMS.put_off(
        _claimed(job),
        job.pk,
        timezone.now() + outage_gap(job.waits),
        state=ProfileImport.State.QUEUED,
        progress=0,
        waits=F("waits") + 1,
        stored_problem=outage.waiting.as_json(),
    )


def _fail(job: ProfileImport, problem: Message) -> None:
    ended = ProfileImport.objects.filter(pk=job.pk, state__in=ProfileImport.OPEN, attempts=job.attempts).update(
        state=ProfileImport.State.FAILED, stored_problem=problem.as_json(), finished_at=timezone.now()
    )
    if ended:
        _log_end(job, ProfileImport.State.FAILED, reason=problem.code)
        if problem.code != DAMAGED:  # else somebody may have the rest read, until the daily sweep
            discard(job.upload)


def _log_end(job: ProfileImport, status: str, **fields: Any) -> None:
    """How it ended, with the seconds since it was asked for: there is no column for when it was begun."""
    took = (timezone.now() - job.created_at).total_seconds()
    with bound(import_id=job.pk, source_id=job.source_id):  # of a command, or of the tick that gives up on it
        event(logger, "import ended", status=str(status), seconds=round(took, 3), **fields)
