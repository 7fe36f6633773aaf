"""The holder of a run is frozen for longer than its lease, another worker takes over, and the first one wakes up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from exports.models import Run
from tests.outage.environment import LEASE_SECONDS
from tests.outage.rounds import Round
from tests.outage.service import Answer, Call
from tests.outage.site import Site
from tests.outage.workers import Cluster

LATE = 2.0  # seconds until an answer, so that the holder is frozen before it has it


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    for _time in range(times(3)):
        yield Round("holder frozen beyond its lease: an import is under way", _late_imports, _freeze_sender)
        yield Round("holder frozen beyond its lease: its import is answered 503", _late_refusal, _freeze_and_meet)
    for _time in range(times(2)):
        yield Round("holder frozen beyond its lease: while planning", _alone, _freeze_planner)
        yield Round("holder frozen beyond its lease: while confirming", _late_activities, _freeze_confirmer)


def _late_imports(site: Site) -> None:
    site.slow_uplink()
    site.service.answer(Call.IMPORT, Answer.SLOW, skip=1, times=2, seconds=LATE)


def _late_refusal(site: Site) -> None:
    """The holder's import is refused while it sleeps; its successor's import of the same batch takes long."""
    site.service.answer(Call.IMPORT, Answer.ERROR_503, times=2, seconds=LATE)
    site.service.answer(Call.IMPORT, Answer.SLOW, times=4, seconds=3 * LATE)


def _late_activities(site: Site) -> None:
    _alone(site)
    site.service.set_job_seconds(1)
    site.service.answer(Call.ACTIVITIES, Answer.SLOW, times=6, seconds=LATE)


def _freeze_sender(site: Site) -> None:
    holder = site.wait_for_import()
    if holder:
        time.sleep(site.chance.uniform(0, LATE))
        _freeze(site, holder, LEASE_SECONDS + 6)


def _freeze_and_meet(site: Site) -> None:
    """Wake it up when its successor is sending the same batch."""
    holder = site.wait_for_import()
    if not holder:
        return
    site.note_answers_at_risk(holder)
    holder.freeze()
    time.sleep(LEASE_SECONDS)
    others = [cluster for cluster in site.workers if cluster is not holder]
    site.wait_for(partial(_sends, others), 15)
    time.sleep(LATE)
    holder.thaw()


def _freeze_planner(site: Site) -> None:
    site.wait_for(Run.objects.open().filter(status=Run.Status.RUNNING, plan_file="").exists)
    _freeze_the_only_one(site)


def _freeze_confirmer(site: Site) -> None:
    site.wait_for(Run.objects.open().filter(stage=Run.Stage.CONFIRM, status=Run.Status.RUNNING).exists)
    _freeze_the_only_one(site)


def _alone(site: Site) -> None:
    """One cluster has all the runs; the other one comes when it is frozen."""
    site.workers.clusters[1].put_down()


def _freeze_the_only_one(site: Site) -> None:
    site.workers.clusters[1].start()
    _freeze(site, site.workers.clusters[0], LEASE_SECONDS + 8)


def _freeze(site: Site, holder: Cluster, seconds: float) -> None:
    site.note_answers_at_risk(holder)
    holder.freeze()
    time.sleep(seconds)
    holder.thaw()


def _sends(clusters: list[Cluster]) -> bool:
    return any(cluster.line.imports_under_way() for cluster in clusters)
