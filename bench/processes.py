"""The sandbox and the worker, each in a process of its own, and what they tell."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.core.cache import cache

from bench.memory import Watch
from bench.surroundings import LIMITS_OFF
from ccexport.demo import services
from ccexport.status.health import worker_is_alive

START_SECONDS = 60
# A real import takes minutes. If it began while others are sent, it would take the processor from what is measured.
SLOW = ("--switch", "job_seconds=10", "--switch", "jobs_one_at_a_time=false")
QUICK = ("--switch", "job_seconds=0.2")
UNLIMITED = ("--switch", "requests_per_second=0", "--switch", "requests_per_day=0")


class Sandbox:
    """A running sandbox, through its control addresses."""

    def __init__(self, url: str) -> None:
        self.url = url

    def add_list(self, name: str) -> str:
        return str(self._post("lists", name=name)["list_id"])

    def token(self) -> str:
        return str(self._post("tokens")["access_token"])

    def log(self) -> list[dict[str, Any]]:
        """Every request so far, in order of arrival."""
        return list(self._get("requests"))

    def imports(self) -> int:
        """How many imports it has queued."""
        return int(self._get("stats")["imports"])

    def _get(self, path: str) -> Any:
        answer = requests.get(f"{self.url}/_sandbox/{path}", timeout=60)
        answer.raise_for_status()
        return answer.json()

    def _post(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.url}/_sandbox/{path}", json=body, timeout=60)
        answer.raise_for_status()
        return answer.json()


@contextmanager
def fresh_sandbox(*, limits: bool, quick: bool) -> Iterator[Sandbox]:
    """Run a sandbox that remembers nothing, with the limits of Constant Contact or without any.

    Each import begins after ten seconds, or a fifth of a second where it is to be `quick`.
    """
    address = urlsplit(settings.CONSTANT_CONTACT_API_URL)
    switches = (*(() if limits else UNLIMITED), *(QUICK if quick else SLOW))
    command = (sys.executable, "-m", "sandbox", "--port", str(address.port), *switches)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            services.wait_for(f"http://{address.netloc}/", process)
            yield Sandbox(f"http://{address.netloc}")
        finally:
            process.terminate()


class Worker:
    """A queue with its workers, `manage.py qcluster`, and the memory they need. Without limits it keeps no pace."""

    def __init__(self, stack: ExitStack, *, limits: bool) -> None:
        self._stack = stack
        self._settings = os.environ | ({} if limits else LIMITS_OFF)
        self._watches: list[Watch] = []

    def start(self) -> None:
        """Return once it is ready for work."""
        cache.clear()  # with the marks of life of the worker before
        self._process = self._stack.enter_context(services.running((*services.MANAGE, "qcluster"), self._settings))
        self._watches.append(self._stack.enter_context(Watch(self._process.pid)))
        deadline = time.monotonic() + START_SECONDS
        while not worker_is_alive():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise SystemExit("The worker did not start; see above.")
            time.sleep(0.05)

    def kill(self) -> None:
        """End all of its processes at once, as a machine that loses its power."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def peak(self) -> int:
        """Bytes that the process needed which did the work."""
        return max(watch.worker() for watch in self._watches)

    def peak_of_all(self) -> int:
        """Bytes that the queue's own and idle processes needed as well."""
        return max(watch.together() for watch in self._watches)


@contextmanager
def running_worker(*, limits: bool) -> Iterator[Worker]:
    with ExitStack() as stack:
        worker = Worker(stack, limits=limits)
        worker.start()
        yield worker
        worker.kill()  # quicker than to ask: nothing is left to do
