"""A hundred SIGKILLs at random moments: of a whole cluster, or of one of its processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from tests.outage.installation import are_over
from tests.outage.rounds import Round
from tests.outage.site import Site

KILLS, IN_A_ROUND = 100, 10


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    for number in range(times(KILLS // IN_A_ROUND)):
        encoding = "csv" if number % 3 == 2 else "json"
        yield Round(f"{IN_A_ROUND} SIGKILLs of workers at random", _slowly, _kill_at_random, encoding=encoding)


def _slowly(site: Site) -> None:
    site.slow_uplink()


def _kill_at_random(site: Site) -> None:
    for _time in range(IN_A_ROUND):
        time.sleep(site.chance.uniform(0.5, 3.5))
        if are_over(site.runs):
            return
        cluster = site.chance.choice(site.workers.clusters)
        site.note_answers_at_risk(cluster)
        if site.chance.random() < 0.6:
            cluster.kill()
        else:
            cluster.kill_one(site.chance)
        site.workers.supervise()
