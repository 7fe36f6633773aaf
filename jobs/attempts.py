"""What is tried again and again: with growing gaps, and not for ever.

A row of work counts each claim of it in a column. A claim that has run out means that its worker died, or met something
that no code expected; whatever brings the row further sets the column back. The next worker may try at once, as after a
deployment; from then on the gaps grow, and after the last attempt (`Limit.attempts`) the row fails, with a sentence.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F, Q
from django.db.models.expressions import CombinedExpression

FIRST, LONGEST = timedelta(minutes=1), timedelta(minutes=10)
_GAPS = (timedelta(0), FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST, LONGEST)


def gap_after(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: not at all after the first, then 1, 2, 4, 8 and 10 minutes."""
    return _GAPS[min(max(attempts, 1), len(_GAPS)) - 1]


def lapsed(now: datetime, *, until: str = "claimed_until", attempts: str = "attempts") -> Q:
    """Rows whose claim ran out in the column `until`, and whose gap after so many `attempts` is over too."""
    last = len(_GAPS)
    turn = Q(**{f"{attempts}__gte": last, f"{until}__lt": now - gap_after(last)})
    for count in range(2, last):
        turn |= Q(**{attempts: count, f"{until}__lt": now - gap_after(count)})
    return turn | Q(**{f"{attempts}__lte": 1, f"{until}__lt": now})


def spent(now: datetime, limit: int, *, until: str = "claimed_until", attempts: str = "attempts") -> Q:
    """Rows whose claim ran out after the last attempt they had: only their end is left to be written."""
    return Q(**{f"{attempts}__gte": limit, f"{until}__lt": now})


def one_more(attempts: str = "attempts") -> CombinedExpression:
    """What a claim writes into the column that counts them."""
    return F(attempts) + 1
