"""A hundred SIGKILLs at random moments: of a whole cluster, or of one of its processes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from tests.outage.installation import are_over
from tests.outage.rounds import Round
from tests.outage.site import Site

KILLS, IN_A_ROUND = 100, 12
MAX_ROUNDS = 40


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    """As many rounds as it takes: a kill counts while there is a run that it may hurt."""
    kills = _Kills(times(KILLS))
    encodings = ("json", "json", "csv")
    for number in range(MAX_ROUNDS):
        if kills.left <= 0:
            return
        encoding = encodings[number % len(encodings)]
        yield Round(f"{times(KILLS)} SIGKILLs of workers at random", _slowly, kills.disturb, encoding=encoding)


def _slowly(site: Site) -> None:
    site.slow_uplink()


class _Kills:
    def __init__(self, left: int) -> None:
        self.left = left

    def disturb(self, site: Site) -> None:
        for _time in range(min(IN_A_ROUND, self.left)):
            time.sleep(site.chance.uniform(0.5, 3.5))
            if are_over(site.runs):
                return
            cluster = site.chance.choice(site.workers.clusters)
            site.note_answers_at_risk(cluster)
            if site.chance.random() < 0.6:
                cluster.kill()
            else:
                cluster.kill_one(site.chance)
            self.left -= 1
            site.workers.supervise()
