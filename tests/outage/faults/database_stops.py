"""The database goes away in mid-send: behind a gate that shuts, and as a server that is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from django.db import connections

from tests.outage.rounds import Round
from tests.outage.site import Site

SHORT = (6.0, 12.0)  # seconds
LONG = 30.0


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    for number in range(times(10)):
        seconds = site.chance.uniform(*SHORT)
        encoding = "csv" if number % 3 == 2 else "json"
        yield Round("database away 6–12 s in mid-send", _slowly, partial(_away, seconds=seconds), encoding=encoding)
    for _time in range(times(2)):
        yield Round("database away 30 s in mid-send", _slowly, partial(_away, seconds=LONG))
    skip = "" if site.database.server.can_stop else "the server of TEST_DATABASE_URL is not ours to stop"
    for _time in range(times(3)):
        seconds = site.chance.uniform(*SHORT)
        fault = "PostgreSQL stopped at once, 6–12 s, in mid-send"
        yield Round(fault, _slowly, partial(_stopped, seconds=seconds), skip=skip)


def _slowly(site: Site) -> None:
    site.slow_uplink()


def _away(site: Site, seconds: float) -> None:
    _wait_for_mid_send(site)
    site.database.away(seconds)


def _stopped(site: Site, seconds: float) -> None:
    _wait_for_mid_send(site)
    connections.close_all()
    site.database.stopped(seconds)


def _wait_for_mid_send(site: Site) -> None:
    """A moment in the first seconds of sending, another each time."""
    site.wait_for_import()
    time.sleep(site.chance.uniform(0, 5))
    # Nobody can begin to send while the database is away, but who has begun gets an answer that can't be written.
    site.note_answers_at_risk()
