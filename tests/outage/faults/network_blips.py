"""The line to Constant Contact is slow and is cut at random moments."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from exports.models import Run
from tests.outage.installation import are_over
from tests.outage.line import Cut
from tests.outage.rounds import Round
from tests.outage.site import Site

BLIPS = 8


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    for number in range(times(10)):
        encoding = "csv" if number % 3 == 2 else "json"
        yield Round("network blips on a slow uplink", _slowly, _blips, encoding=encoding)


def _slowly(site: Site) -> None:
    site.slow_uplink()


def _blips(site: Site) -> None:
    site.wait_for_import()
    for _time in range(BLIPS):
        if are_over(site.runs):
            return
        line = site.chance.choice(site.workers.lines)
        kind = site.chance.choice([*Cut, None])
        if kind is None:
            line.cut_all()
        else:
            line.cut_next_import(kind)
        _hurry_now_and_then(site)
        time.sleep(site.chance.uniform(0.3, 2.5))


def _hurry_now_and_then(site: Site) -> None:
    """The gaps grow to minutes, in which a blip would meet nobody."""
    if Run.objects.open().filter(status=Run.Status.RUNNING).exists():
        return
    site.installation.hurry()
