"""When a timetable comes next, in the time zone it is written for.

Clocks change as Debian's cron deals with it (cronsim, and so do we): a time that a day leaves out comes at the
first minute that exists, and a time that a day has twice comes once, the first time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

DAILY, WEEKLY, MONTHLY = "daily", "weekly", "monthly"
# A month without that day: its last day instead. So "on day 31" means the end of every month.
SHORTER_MONTHS = {29: "2", 30: "2", 31: "2,4,6,9,11"}

# The queue looks each half minute and the tick comes each minute; more than this is worth a word.
PUNCTUAL = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of day ("02:30") in an IANA time zone: every day, on weekdays (0 is Sunday), or on days of the month."""

    repeat: str
    zone: str
    times: tuple[str, ...]
    days: tuple[int, ...] = ()


def next_times(timing: Timing, after: datetime, count: int) -> list[datetime]:
    """Return the next `count` moments (UTC, ascending, none twice) that lie after `after`."""
    found: list[datetime] = []
    for moment in heapq.merge(*(_moments(expression, timing.zone, after) for expression in _expressions(timing))):
        if not found or moment > found[-1]:
            found.append(moment)
        if len(found) == count:
            break
    return found


def is_late(planned: datetime | None, started: datetime) -> bool:
    """Whether something began so long after it was planned for that people should know."""
    return planned is not None and started - planned > PUNCTUAL


def _moments(expression: str, zone: str, after: datetime) -> Iterator[datetime]:
    for local in CronSim(expression, after.astimezone(ZoneInfo(zone))):
        moment = local.astimezone(UTC)
        if moment > after:  # in the hour that a day has twice, cronsim does not know which of the two it is
            yield moment


def _expressions(timing: Timing) -> Iterator[str]:
    for time in timing.times:
        hour, minute = time.split(":")
        for days in _days(timing):
            yield f"{int(minute)} {int(hour)} {days}"


def _days(timing: Timing) -> Iterator[str]:
    """Day of the month, month and weekday, as cron writes them."""
    if timing.repeat == WEEKLY:
        yield "* * " + ",".join(map(str, timing.days))
    elif timing.repeat == MONTHLY:
        for day in timing.days:
            yield f"{day} * *"
            if day in SHORTER_MONTHS:
                yield f"L {SHORTER_MONTHS[day]} *"
    else:
        yield "* * *"
