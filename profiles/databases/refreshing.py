"""The refresh of a source in a database: asked for, claimed by one worker, ended with a description or a sentence.

Only this module writes the refresh_… columns. A worker that dies loses its claim when the time limit is over; then the
refresh is handed to another one, with growing gaps, up to three times (LIMITS.description). While the disk is away it
waits, also with growing gaps, for hours; `refresh_claimed_until` says until when.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from engine.outages import MAX_WAITS, StorageUnavailableError, outage_gap
from jobs import attempts
from jobs.limits import LIMITS, WAITS
from jobs.queue import enqueue, enqueue_at
from logs import bound, event
from profiles.errors import ProfileError
from profiles.models import ProfileSource
from profiles.signals import profiles_changed
from web.messages import Message

from .address import DatabaseAddress
from .describing import Description, describe_table

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=LIMITS.description.lease or 0)
LOST_AFTER = timedelta(seconds=WAITS.lost)
MAX_ATTEMPTS = LIMITS.description.attempts


def ask_refresh(source: ProfileSource) -> None:
    """Have a worker look at the table. Row and message commit together; asking twice is asking once."""
    with transaction.atomic():
        asked = DatabaseAddress.objects.filter(source=source, refresh_asked_at=None).update(
            refresh_asked_at=timezone.now(), refresh_claimed_until=None, refresh_attempts=0, refresh_waits=0
        )
        if asked:
            _ask_worker(source.pk)


def claim_refresh(source_id: int) -> DatabaseAddress | None:
    """Return the address if this worker may describe it now, else None: it is done, or somebody else does it."""
    now = timezone.now()
    free = Q(refresh_claimed_until=None) | _lapsed(now)
    claimed = DatabaseAddress.objects.filter(free, source=source_id, refresh_asked_at__isnull=False).update(
        refresh_claimed_until=now + LEASE, refresh_attempts=F("refresh_attempts") + 1
    )
    if not claimed:
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
    try:
        if address.refresh_attempts > MAX_ATTEMPTS:
            raise ProfileError("source_refresh_interrupted")
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


def due_refreshes(before: datetime) -> Iterable[int]:
    """Return the sources that any worker could have begun to look at before that moment."""
    waiting = Q(refresh_claimed_until=None, refresh_asked_at__lt=before)
    asked = DatabaseAddress.objects.filter(refresh_asked_at__isnull=False)
    return asked.filter(_lapsed(before) | waiting).order_by("pk").values_list("source", flat=True).iterator()


def resume_refreshes() -> None:
    """Ask again for refreshes whose worker died, and for those whose message was lost. Runs every minute.

    One that has had all its attempts is ended here: whatever kills the workers that begin it is not met.
    """
    now = timezone.now()
    asked = DatabaseAddress.objects.filter(refresh_asked_at__isnull=False).defer("secrets")
    for address in asked.filter(
        attempts.spent(now, MAX_ATTEMPTS, until="refresh_claimed_until", attempts="refresh_attempts")
    ):
        logger.error("The refresh of source %s was given up after %s attempts", address.source_id, MAX_ATTEMPTS)
        _end(address, Message("source_refresh_interrupted"))
    forgotten = Q(refresh_claimed_until=None, refresh_asked_at__lt=now - LOST_AFTER)
    for source_id in asked.filter(_lapsed(now) | forgotten).values_list("source", flat=True):
        _ask_worker(source_id)


def _ask_worker(source_id: int) -> None:
    enqueue(LIMITS.description, source_id)


def _lapsed(now: datetime) -> Q:
    return attempts.lapsed(now, until="refresh_claimed_until", attempts="refresh_attempts")


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
    until = timezone.now() + outage_gap(address.refresh_waits)
    with transaction.atomic():
        if _mine(address).update(
            refresh_attempts=0,  # its worker lives
            refresh_waits=F("refresh_waits") + 1,
            refresh_claimed_until=until,
            stored_problem=outage.waiting.as_json(),
        ):
            enqueue_at(until, LIMITS.description, address.source_id)


def _mine(address: DatabaseAddress) -> QuerySet[DatabaseAddress]:
    """The refresh, unless somebody else has claimed it since or the address was changed."""
    return DatabaseAddress.objects.filter(pk=address.pk, refresh_claimed_until=address.refresh_claimed_until)


def _end(address: DatabaseAddress, problem: Message) -> int:
    """Say how the refresh ended, unless it is somebody else's now."""
    return _mine(address).update(
        refresh_asked_at=None,
        refresh_claimed_until=None,
        stored_problem=problem.as_json() if problem.code else {},
    )
