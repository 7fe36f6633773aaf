"""Object storage goes away while a run plans, sends, or is taken up again by another worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from tests.outage.rounds import Round
from tests.outage.site import Site

SECONDS = 10.0


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    skip = "" if site.storage else "django-storages is missing: pip install -r requirements-s3.txt"
    for refuse, how in ((True, "nobody listens"), (False, "503")):
        arm, disturb = partial(_off, refuse=refuse), partial(_off_in_mid_send, refuse=refuse)
        for _time in range(times(2)):
            yield Round(f"storage gone while planning ({how})", arm, _wait, skip=skip)
            yield Round(f"storage gone while sending ({how})", _slowly, disturb, skip=skip)
            yield Round(
                f"storage gone while resuming ({how})", _slowly, partial(_off_at_resuming, refuse=refuse), skip=skip
            )


def _off(site: Site, refuse: bool) -> None:
    assert site.storage
    site.storage.switch_off(refuse=refuse)


def _wait(site: Site) -> None:
    time.sleep(SECONDS)


def _slowly(site: Site) -> None:
    site.slow_uplink()


def _off_in_mid_send(site: Site, refuse: bool) -> None:
    site.wait_for_import()
    _off(site, refuse)
    time.sleep(SECONDS)


def _off_at_resuming(site: Site, refuse: bool) -> None:
    """All workers die; whoever goes on has to fetch the plan."""
    site.wait_for_import()
    site.note_answers_at_risk()
    site.workers.kill()
    _off(site, refuse)
    site.workers.start()
    time.sleep(2 * SECONDS)
