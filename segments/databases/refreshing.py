"""The refresh of a source in a database: asked for, claimed by one worker, ended with a description or a sentence.

Only this module writes the refresh_… columns. A worker that dies loses its claim when the time limit is over; the
tick of the next minute hands the refresh to another one, up to three times. While the disk is away it waits with
growing gaps, for hours; `refresh_claimed_until` says until when.
"""

import logging
from datetime import timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from django_q.tasks import async_task

from engine.outages import MAX_WAITS, StorageUnavailableError, gap_after
from segments.errors import SegmentError, Sentence
from segments.evaluations import evaluate_anew
from segments.models import ProfileSource

from .address import DatabaseAddress
from .describing import DESCRIBE_SECONDS, Description, describe_table

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=DESCRIBE_SECONDS + 60)
PATIENCE = timedelta(minutes=2)  # a message that is not answered for so long is lost
MAX_ATTEMPTS = 3
GAVE_UP = _("For hours the disk was full or away, so the refresh was given up. Refresh again once that is cured.")
UNEXPECTED = _("The refresh failed unexpectedly. Try again; if it fails again, show this to your administrator.")


def ask_refresh(source: ProfileSource) -> None:
    """Have a worker look at the table. Row and message commit together; asking twice is asking once."""
    with transaction.atomic():
        asked = DatabaseAddress.objects.filter(source=source, refresh_asked_at=None).update(
            refresh_asked_at=timezone.now(), refresh_claimed_until=None, refresh_attempts=0, refresh_waits=0
        )
        if asked:
            _ring(source.pk)


def claim_refresh(source_id: int) -> DatabaseAddress | None:
    """Return the address if this worker may describe it now, else None: it is done, or somebody else does it."""
    now = timezone.now()
    free = Q(refresh_claimed_until=None) | Q(refresh_claimed_until__lt=now)
    claimed = DatabaseAddress.objects.filter(free, source=source_id, refresh_asked_at__isnull=False).update(
        refresh_claimed_until=now + LEASE, refresh_attempts=F("refresh_attempts") + 1
    )
    if not claimed:
        return None
    # Secrets that no present key opens would raise here, where nobody ends the refresh: forever refreshing.
    return DatabaseAddress.objects.select_related("source").defer("secrets").get(source=source_id)


def do_refresh(address: DatabaseAddress) -> None:
    """Do a claimed refresh to its end. What was known before stays when it fails."""
    source = address.source
    try:
        if address.refresh_attempts - address.refresh_waits > MAX_ATTEMPTS:
            raise SegmentError(UNEXPECTED)
        described = describe_table(address, source.key_attribute, source.updated_attribute)
    except StorageUnavailableError as error:
        _wait(address, error)
    except SegmentError as error:
        _end(address, error.sentence)
    except (OperationalError, InterfaceError):
        raise  # our own database is away: the claim runs out, and the tick hands the refresh on
    except Exception:
        logger.exception("The refresh of source %s failed unexpectedly", source.pk)
        _end(address, Sentence(UNEXPECTED))
    else:
        _publish(address, described)


def resume_refreshes() -> None:
    """Ring again for refreshes that waited, whose worker died, or whose message was lost. Runs every minute."""
    now = timezone.now()
    lapsed = Q(refresh_claimed_until__lt=now)
    forgotten = Q(refresh_claimed_until=None, refresh_asked_at__lt=now - PATIENCE)
    waiting = DatabaseAddress.objects.filter(lapsed | forgotten, refresh_asked_at__isnull=False)
    for source_id in waiting.values_list("source", flat=True):
        _ring(source_id)


def _ring(source_id: int) -> None:
    async_task("segments.tasks.refresh_source", source_id, timeout=DESCRIBE_SECONDS + 30, save=False)


def _publish(address: DatabaseAddress, described: Description) -> None:
    with transaction.atomic():
        if not _end(address, Sentence("")):
            return
        ProfileSource.objects.filter(pk=address.source_id).update(
            columns=[attribute.as_json() for attribute in described.attributes],
            row_count=described.rows,
            refreshed_at=timezone.now(),
        )
        evaluate_anew(address.source_id)


def _wait(address: DatabaseAddress, outage: StorageUnavailableError) -> None:
    """Put the refresh down until the next try, and say why nothing moves. After many tries it is given up."""
    logger.warning("The refresh of source %s waits for the disk: %s", address.source_id, outage.detail)
    if address.refresh_waits >= MAX_WAITS:
        _end(address, Sentence(GAVE_UP))
        return
    _mine(address).update(
        refresh_waits=F("refresh_waits") + 1,
        refresh_claimed_until=timezone.now() + gap_after(address.refresh_waits),
        stored_problem=Sentence(outage.waiting).as_json(),
    )


def _mine(address: DatabaseAddress) -> QuerySet[DatabaseAddress]:
    """The refresh, unless somebody else has claimed it since or the address was changed."""
    return DatabaseAddress.objects.filter(pk=address.pk, refresh_claimed_until=address.refresh_claimed_until)


def _end(address: DatabaseAddress, problem: Sentence) -> int:
    """Say how the refresh ended, unless it is somebody else's now."""
    return _mine(address).update(
        refresh_asked_at=None,
        refresh_claimed_until=None,
        stored_problem=problem.as_json() if problem.msgid else {},
    )
