"""The pace and the day's quota of one API key, shared by every process through one row.

Constant Contact allows an API key 4 requests a second and 10,000 a day, over all accounts and programs
together (API guide, rate limits). Each request first takes a turn from the key's row: an UPDATE … WHERE
moves `next_turn_at` on, so two processes can never hold the same turn.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from constant_contact import QuotaExceededError, ThrottledError

from .models import RequestBudget

# Turns stand a little further apart than 1/4 s: five requests must not meet within one second
# at Constant Contact even when the network delays one and not the next.
MARGIN = 1.04
# Requests a day kept for the pages people wait on (list search, connecting): runs stop short of them.
PAGE_RESERVE = 0.02
LONGEST_WAIT = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a key may still spend today: `limit` and `spent` requests, `left` of them for runs."""

    limit: int
    spent: int
    left: int


def midnight_after(moment: datetime) -> datetime:
    """The next 00:00 UTC, when Constant Contact counts a new day."""
    return datetime.combine(moment.astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)


def pacer(client_id: str, *, for_page: bool = False, spent: Callable[[], None] = lambda: None) -> Callable[[], None]:
    """Return a function to call right before every request; it waits for the key's next turn.

    It calls `spent` once a turn was taken. Pages may use the reserve that runs must leave.

    Raises QuotaExceededError when the day's requests are used up, ThrottledError when the next turn is
    further away than a request may wait.
    """

    def take_turn() -> None:
        turn = _reserve(client_id, for_page=for_page)
        spent()
        delay = (turn - timezone.now()).total_seconds()
        if delay > 0:
            time.sleep(delay)

    return take_turn


def forecast(client_id: str) -> Forecast:
    """Return what the key has spent today and may still spend on runs."""
    limit = settings.CONSTANT_CONTACT_REQUESTS_PER_DAY
    row = RequestBudget.objects.filter(pk=client_id).first()
    now = timezone.now()
    spent = row.spent if row and row.day == now.astimezone(UTC).date() else 0
    if row and row.exhausted_until and row.exhausted_until > now:
        return Forecast(limit, limit, 0)
    return Forecast(limit, spent, max(0, _run_limit(limit) - spent))


def quota_used_up(client_id: str, until: datetime) -> None:
    """Remember that Constant Contact itself said the day's quota is used up: nobody asks again before `until`."""
    RequestBudget.objects.filter(pk=client_id).update(exhausted_until=until)


def _run_limit(limit: int) -> int:
    return limit - max(1, int(limit * PAGE_RESERVE))


def _reserve(client_id: str, *, for_page: bool) -> datetime:
    """Take the next turn: one conditional UPDATE, repeated when another process was quicker."""
    gap = timedelta(seconds=MARGIN / settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND)
    limit = settings.CONSTANT_CONTACT_REQUESTS_PER_DAY
    limit = limit if for_page else _run_limit(limit)
    while True:
        row, _made = RequestBudget.objects.get_or_create(pk=client_id)
        now = timezone.now()
        today = now.astimezone(UTC).date()
        spent = row.spent if row.day == today else 0
        if spent >= limit or (row.exhausted_until and row.exhausted_until > now):
            raise QuotaExceededError(resets_at=midnight_after(now))
        turn = max(now, row.next_turn_at or now)
        if turn - now > LONGEST_WAIT:
            raise ThrottledError()
        taken = RequestBudget.objects.filter(
            pk=client_id, day=row.day, spent=row.spent, next_turn_at=row.next_turn_at
        ).update(next_turn_at=turn + gap, day=today, spent=spent + 1)
        if taken:
            return turn
