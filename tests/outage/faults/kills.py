"""A hundred SIGKILLs at random moments: of a whole cluster, or of one of its processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from tests.outage.installation import are_over
from tests.outage.rounds import Round
from tests.outage.site import Site

KILLS, IN_A_ROUND = 100, 10


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    for _time in range(times(KILLS // IN_A_ROUND)):
        yield Round(f"{IN_A_ROUND} SIGKILLs of workers at random", _slowly, _kill_at_random)


def _slowly(site: Site) -> None:
    site.slow_uplink()


def _kill_at_random(site: Site) -> None:
    for _time in range(IN_A_ROUND):
        time.sleep(site.chance.uniform(0.5, 3.5))
        if are_over(site.runs):
            # The hundred are kills of workers that have something to do.
            site.runs |= site.installation.start_runs()
        cluster = site.chance.choice(site.workers.clusters)
        site.note_unwritten_answers(cluster)
        site.lost += cluster.line.imports_under_way()
        if site.chance.random() < 0.6:
            cluster.kill()
        else:
            cluster.kill_one(site.chance)
        site.workers.supervise()
