"""Processes: the sandbox, the worker and what measures itself; and the memory that they need."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.db import connection as database

from ccexport.demo import services
from ccexport.status.health import worker_is_alive

# A real import takes minutes. If it began while others are sent, it would take the processor from what is measured.
SLOW, QUICK = ("job_seconds=10", "jobs_one_at_a_time=false"), ("job_seconds=0.2",)
LIMITS_OFF = {f"CONSTANT_CONTACT_REQUESTS_PER_{unit}": "1000000" for unit in ("SECOND", "DAY")}
PEAK = re.compile(r"VmHWM:\s+(\d+)")  # of /proc/<pid>/status
Peaks = dict[int, int]  # by process, in bytes
UNLIMITED = ("requests_per_second=0", "requests_per_day=0")


@contextmanager
def fresh_sandbox(*, limits: bool, quick: bool) -> Iterator[None]:
    """Run a sandbox that remembers nothing, with the limits of Constant Contact or without any."""
    address = urlsplit(settings.CONSTANT_CONTACT_API_URL)
    switches = (*(() if limits else UNLIMITED), *(QUICK if quick else SLOW))
    command = [sys.executable, "-m", "sandbox", "--port", str(address.port), *(f"--switch={one}" for one in switches)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            services.wait_for(f"http://{address.netloc}/", process)
            yield
        finally:
            process.terminate()


@contextmanager
def running_worker(*, limits: bool) -> Iterator[tuple[Peaks, Callable[[], None]]]:
    """Run a queue with its workers, `manage.py qcluster`; without limits it keeps no pace.

    Gives its peaks, and what ends all of its processes at once, as a machine that loses its power.
    """
    cache.clear()  # with the marks of life of the worker before
    own = os.environ | ({} if limits else LIMITS_OFF)
    with services.running((*services.MANAGE, "qcluster"), own) as process, watched(process.pid) as peaks:

        def kill() -> None:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

        deadline = time.monotonic() + 60
        while not worker_is_alive():
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("The worker did not start; see above.")
            time.sleep(0.05)
        yield peaks, kill
        kill()  # quicker than to ask: nothing is left to do


def child(*arguments: str) -> dict[str, float]:
    """Return what bench.child measures of itself."""
    command = (sys.executable, "-m", "bench.child", *arguments)
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))


@contextmanager
def repeating(work: Callable[[], object], every: float) -> Iterator[None]:
    """Do `work` again and again on a thread of its own, for as long as the `with` block."""
    over = threading.Event()

    def go_on() -> None:
        while not over.wait(every):
            work()
        database.close()

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def watched(session: int) -> Iterator[Peaks]:
    """Give the peaks of all processes of a session, also of those that end meanwhile (of Linux; elsewhere none)."""
    peaks: Peaks = {}

    def look() -> None:
        for status in Path("/proc").glob("[0-9]*/status"):
            with suppress(OSError):
                if os.getsid(int(status.parent.name)) == session and (found := PEAK.search(status.read_text())):
                    peaks[int(status.parent.name)] = int(found[1]) * 1024

    with repeating(look, 0.1):  # seconds; a peak only grows, so little is missed
        yield peaks
        look()


def seconds_of(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
