"""The refresh of a source in a database: asked for, claimed by one worker, ended with a description or a sentence.

Only this module writes the refresh_… columns. A worker that dies loses its claim when the time limit is over; then the
refresh is handed to another one, with growing gaps, up to three times (LIMITS.description). While the disk is away it
waits, also with growing gaps, for hours; `refresh_claimed_until` says until when.
"""

import logging
from datetime import datetime
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from engine.outages import MAX_WAITS, StorageUnavailableError, outage_gap
from jobs.claims import Claims
from jobs.limits import LIMITS
from jobs.queue import enqueue
from logs import bound, event
from profiles.errors import ProfileError
from profiles.models import DatabaseAddress, ProfileSource
from profiles.signals import profiles_changed
from web.messages import Message

from .describing import Description, describe_table

logger = logging.getLogger(__name__)

CLAIMS = Claims(
    LIMITS.description,
    asked_at="refresh_asked_at",
    until="refresh_claimed_until",
    attempts="refresh_attempts",
    row_id="source",
)
MAX_ATTEMPTS = LIMITS.description.attempts


def ask_refresh(source: ProfileSource) -> None:
    """Have a worker look at the table. Row and message commit together; asking twice is asking once."""
    with transaction.atomic():
        asked = DatabaseAddress.objects.filter(source=source, refresh_asked_at=None).update(
            refresh_asked_at=timezone.now(), refresh_claimed_until=None, refresh_attempts=0, refresh_waits=0
        )
        if asked:
            enqueue(LIMITS.description, source.pk)


def claim_refresh(source_id: int) -> DatabaseAddress | None:
    """Return the address if this worker may describe it now, else None: it is done, or somebody else does it."""
    if not CLAIMS.take(_asked_for().filter(source=source_id)):
        return None
    # Secrets that no present key opens would raise here, where nobody ends the refresh: forever refreshing.
    return DatabaseAddress.objects.select_related("source").defer("secrets").get(source=source_id)


def do_refresh(address: DatabaseAddress) -> None:
    """Do a claimed refresh to its end. What was known before stays when it fails."""
    with bound(source_id=address.source_id):
        event(logger, "refresh of a source claimed", attempt=address.refresh_attempts)
        _do(address)


def _do(address: DatabaseAddress) -> None:
    source = address.source
    if address.refresh_attempts > MAX_ATTEMPTS:
        return _give_up(address)
    try:
        described = describe_table(address, source.key_attribute, source.updated_attribute)
    except StorageUnavailableError as error:
        _wait(address, error)
    except ProfileError as error:
        _fail(address, error.message)
    except (OperationalError, InterfaceError):
        raise  # our own database is away: the claim runs out, and the next worker goes on
    except Exception:
        logger.exception("The refresh of source %s failed unexpectedly", source.pk)
        _fail(address, Message("source_refresh_failed"))
    else:
        _publish(address, described)


def due_refreshes(before: datetime) -> QuerySet[Any, int]:
    """Return the sources that any worker could have begun to look at before that moment."""
    return CLAIMS.due(_asked_for(), before)


def resume_refreshes() -> None:
    """Ask again for refreshes that nobody works on, whatever became of their message. Runs every minute."""
    CLAIMS.resume(_asked_for().defer("secrets"), _give_up)


def _give_up(address: DatabaseAddress) -> None:
    logger.error("The refresh of source %s was given up after %s attempts", address.source_id, address.refresh_attempts)
    _fail(address, Message("source_refresh_interrupted"))


def _asked_for() -> QuerySet[DatabaseAddress]:
    return DatabaseAddress.objects.filter(refresh_asked_at__isnull=False)


def _publish(address: DatabaseAddress, described: Description) -> None:
    with transaction.atomic():
        if not _end(address, Message()):
            return
        ProfileSource.objects.filter(pk=address.source_id).update(
            columns=[attribute.as_json() for attribute in described.attributes],
            row_count=described.rows,
            refreshed_at=timezone.now(),
        )
        profiles_changed.send(ProfileSource, source_id=address.source_id)
    _log_end(address, "done", rows=described.rows)


def _fail(address: DatabaseAddress, problem: Message) -> None:
    if _end(address, problem):
        _log_end(address, "failed", reason=problem.code)


def _log_end(address: DatabaseAddress, status: str, **fields: Any) -> None:
    asked_at = address.refresh_asked_at or timezone.now()
    took = (timezone.now() - asked_at).total_seconds()
    event(logger, "refresh of a source ended", status=status, seconds=round(took, 3), **fields)


def _wait(address: DatabaseAddress, outage: StorageUnavailableError) -> None:
    """Put the refresh down until the next try, and say why nothing moves. After many tries it is given up."""
    logger.warning("The refresh of source %s waits for the disk: %s", address.source_id, outage.detail)
    if address.refresh_waits >= MAX_WAITS:
        _end(address, Message("source_refresh_gave_up"))
        return
    CLAIMS.put_off(
        _claimed(address),
        address.source_id,
        timezone.now() + outage_gap(address.refresh_waits),
        refresh_waits=F("refresh_waits") + 1,
        stored_problem=outage.waiting.as_json(),
    )


def _claimed(address: DatabaseAddress) -> QuerySet[DatabaseAddress]:
    """The refresh, unless somebody else has claimed it since or the address was changed."""
    return DatabaseAddress.objects.filter(pk=address.pk, refresh_claimed_until=address.refresh_claimed_until)


def _end(address: DatabaseAddress, problem: Message) -> int:
    """Say how the refresh ended, unless it is somebody else's now."""
    return _claimed(address).update(
        refresh_asked_at=None,
        refresh_claimed_until=None,
        stored_problem=problem.as_json(),
    )
