"""The pace and the day's quota of one API key, shared by every process through one row.

Constant Contact allows an API key 4 requests a second and 10,000 a day, over all accounts and programs
together (API guide, rate limits). Each request first takes a turn from the key's row by an UPDATE … WHERE, so
no two processes can hold the same turn, whatever host they are on. A run holds one turn at a time: several
runs, and people who wait for a page, take turns with each other.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from constant_contact import ConstantContactError, QuotaExceededError, ThrottledError

from .models import RequestBudget

MARGIN = 1.01  # a window of turns is a little longer than theirs: the clocks of two hosts tremble
MAX_TRACKED_TURNS = 20  # above so many a second, turns are spread evenly instead of remembered
# Requests a day kept for the pages people wait on (list search, connecting): runs stop short of them.
PAGE_RESERVE = 0.02
MAX_WAIT = 20.0  # seconds that a request may wait for its turn, whatever the row says
CAS_RETRY_DELAY = 0.002  # seconds until the next try when another process was quicker


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a key may still spend today: `limit` and `spent` requests, `left` of them for runs."""

    limit: int
    spent: int
    left: int


def midnight_after(moment: datetime) -> datetime:
    """The next 00:00 UTC, when Constant Contact counts a new day."""
    return datetime.combine(moment.astimezone(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)


def pacer(
    client_id: str, *, for_page: bool = False, spent: Callable[[], None] = lambda: None
) -> Callable[[], AbstractContextManager[None]]:
    """Return a function to call right before every request; it waits for the key's next turn.

    It calls `spent` once a turn was taken, and returns what is to be entered while the request is on its way. Pages
    may use the reserve that runs must leave.

    Raises QuotaExceededError when the day's requests are used up, ThrottledError when the next turn is
    further away than a request may wait.
    """

    def take_turn() -> AbstractContextManager[None]:
        give_up_at = time.monotonic() + MAX_WAIT
        while (turn := _take(client_id, for_page=for_page)).wait > 0:
            if turn.wait > give_up_at - time.monotonic():
                raise ThrottledError()
            time.sleep(turn.wait)
        spent()
        return _in_flight(client_id, turn.taken_at)

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


def quota_recorder(client_id: str) -> Callable[[ConstantContactError], None]:
    """Return a function to call with what an answer of Constant Contact refused.

    When that is the day's quota, nobody asks again before it begins anew: neither runs nor pages. Our own limits close
    the key for nobody, so it is only called with what came as an answer.
    """

    def note(error: ConstantContactError) -> None:
        if isinstance(error, QuotaExceededError) and error.by_vendor:
            with suppress(DatabaseError):  # what the answer says is worth more than the note of it
                quota_used_up(client_id, error.resets_at)

    return note


def quota_used_up(client_id: str, until: datetime) -> None:
    """Remember that Constant Contact itself said the day's quota is used up: nobody asks again before `until`."""
    RequestBudget.objects.filter(pk=client_id).update(exhausted_until=until)


def _run_limit(limit: int) -> int:
    return limit - max(1, int(limit * PAGE_RESERVE))


@dataclass(frozen=True, slots=True)
class _Turn:
    """Taken at a moment, or to be waited for so many seconds."""

    taken_at: float = 0.0
    wait: float = 0.0


def _take(client_id: str, *, for_page: bool) -> _Turn:
    """Take a turn now, or return for how many seconds none is free.

    A turn is taken at the moment of the request, never reserved ahead: a process that wakes up late would meet
    the turns after its own.
    """
    limit = settings.CONSTANT_CONTACT_REQUESTS_PER_DAY
    limit = limit if for_page else _run_limit(limit)
    row, _made = RequestBudget.objects.get_or_create(pk=client_id)
    now = timezone.now()
    today = now.astimezone(UTC).date()
    spent = row.spent if row.day == today else 0
    if spent >= limit or (row.exhausted_until and row.exhausted_until > now):
        raise QuotaExceededError(resets_at=midnight_after(now))
    many, window = _window()
    latest = _latest(row.turns, now.timestamp() + window, many)
    free_at = latest[0] + window if len(latest) == many else 0.0
    if free_at > now.timestamp():
        return _Turn(wait=free_at - now.timestamp())
    turns = [*latest, now.timestamp()][-many:]
    if _unchanged(row).update(turns=turns, day=today, spent=spent + 1):
        return _Turn(taken_at=now.timestamp())
    return _Turn(wait=CAS_RETRY_DELAY)


def _latest(turns: Any, horizon: float, many: int) -> list[float]:
    """The latest turns that a clock can have written: one of a host whose clock is ahead would hold up everybody.

    Up to `horizon` clocks may tremble; what lies beyond, or is no moment at all, counts for nothing.
    """
    known = [turn for turn in turns if type(turn) in (int, float)] if isinstance(turns, list) else []
    return sorted(turn for turn in known if 0 <= turn <= horizon)[-many:]


def _unchanged(row: RequestBudget) -> QuerySet[RequestBudget]:
    """The row as it was read: it matches nothing when another process was quicker."""
    return RequestBudget.objects.filter(pk=row.pk, day=row.day, spent=row.spent, turns=row.turns)


@contextmanager
def _in_flight(client_id: str, taken_at: float) -> Iterator[None]:
    """Let the turn count from the end of its request: a body of 3 MB may arrive long after it was begun.

    Counted from its beginning, four quick requests could follow it within the second in which it arrives.
    """
    try:
        yield
    finally:
        ended_at = timezone.now().timestamp()
        many, seconds = _window()
        # What the request brought is worth more than the note of its end.
        with suppress(DatabaseError):
            while row := RequestBudget.objects.filter(pk=client_id).first():  # none: somebody deleted it meanwhile
                # In place of the turn's beginning, or beside it: so many others may have followed that it was dropped.
                turns = _latest(row.turns, ended_at + seconds, many)
                with suppress(ValueError):
                    turns.remove(taken_at)  # one: another request may have begun at the same moment
                if _unchanged(row).update(turns=sorted([*turns, ended_at])[-many:]):
                    break


def _window() -> tuple[int, float]:
    """So many turns within so many seconds, and no more."""
    rate = settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND
    many = int(rate) if 1 <= rate <= MAX_TRACKED_TURNS else 1
    return many, many / rate * MARGIN
