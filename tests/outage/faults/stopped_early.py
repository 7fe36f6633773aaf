"""Somebody stops the runs while an import is under way: by cancelling, or by taking away the right to go on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from django.contrib.auth.models import User

from tests.outage.rounds import Round
from tests.outage.site import Site

JOB_SECONDS = 4.0  # so that no import is done when its run ends


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    for _time in range(times(2)):
        yield Round("cancelled in mid-send", _long_jobs, _cancel)
        yield Round("export user deactivated in mid-send", _long_jobs, _deactivate)
        yield Round("access tokens expire in mid-send", _long_jobs, _expire, never=("unexpected", "reconnect"))


def _long_jobs(site: Site) -> None:
    site.slow_uplink()
    site.service.set_job_seconds(JOB_SECONDS)


def _cancel(site: Site) -> None:
    _wait_for_mid_send(site)
    for run in site.runs.values():
        site.installation.cancel(run)


def _deactivate(site: Site) -> None:
    _wait_for_mid_send(site)
    somebody = User.objects.filter(pk=site.installation.admin.pk)
    somebody.update(is_active=False)
    try:
        site.wait_until_over(60, hurry=False)
    finally:
        somebody.update(is_active=True)


def _expire(site: Site) -> None:
    _wait_for_mid_send(site)
    site.service.expire_access_tokens()


def _wait_for_mid_send(site: Site) -> None:
    site.wait_for_import()
    time.sleep(site.chance.uniform(0, 4))
