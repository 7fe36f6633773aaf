"""The disk of the workers is full while a run plans, and while it is taken up again."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.outage.rounds import Round
from tests.outage.site import Site

SIZE = 192  # MB
SPARE = 200_000  # bytes that are left: settings and logs, and no plan
SECONDS = 10.0


def rounds(site: Site, times: Callable[[int], int]) -> Iterator[Round]:
    folder = site.folder / "small-disk"
    problem = _mount(folder)
    try:
        for _time in range(times(2)):
            yield Round("disk full while planning", disturb=_with(folder, _while_planning), skip=problem)
            yield Round("disk full while resuming", disturb=_with(folder, _while_resuming), skip=problem)
    finally:
        if not problem:
            site.workers.restart()
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _with(folder: Path, disturb: Callable[[Site, Path], None]) -> Callable[[Site], None]:
    def work(site: Site) -> None:
        try:
            disturb(site, folder)
        finally:
            (folder / "filler").unlink(missing_ok=True)

    return work


def _while_planning(site: Site, folder: Path) -> None:
    site.workers.kill()
    with _full(folder):
        site.workers.start(VAR_DIR=str(folder))
        time.sleep(SECONDS)


def _while_resuming(site: Site, folder: Path) -> None:
    site.slow_uplink()
    site.workers.restart(VAR_DIR=str(folder))
    site.wait_for_import()
    site.note_answers_at_risk()
    site.workers.kill()
    with _full(folder):
        site.workers.start(VAR_DIR=str(folder))
        time.sleep(2 * SECONDS)


@contextmanager
def _full(folder: Path) -> Iterator[None]:
    filler = folder / "filler"
    free = os.statvfs(folder)
    subprocess.run(["fallocate", "--length", str(free.f_bavail * free.f_frsize - SPARE), str(filler)], check=True)
    try:
        yield
    finally:
        filler.unlink()


def _mount(folder: Path) -> str:
    """Mount a small disk; why it can't be done, or nothing."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}M", "outage", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"a small disk can't be mounted here ({done.stderr.strip()})"
