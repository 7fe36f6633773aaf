"""The worker clusters: each a `manage.py qcluster` with a line of its own to Constant Contact."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from tests.outage.line import Line

ROOT = Path(__file__).resolve().parents[2]


class Cluster:
    def __init__(self, name: str, line: Line, environment: Mapping[str, str], log: Path) -> None:
        self.name, self.line = name, line
        self._environment = dict(environment)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.is_wanted = False  # started, and nobody said that it should stay down

    def start(self, **environment: str) -> None:
        """Start it, for this time with more or other settings."""
        self.is_wanted = True
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "manage.py", "qcluster"],
                cwd=ROOT,
                env={**os.environ, **self._environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL to all its processes at once, as a machine that loses its power."""
        self._signal_all(signal.SIGKILL)
        if self._process:
            self._process.wait()

    def put_down(self) -> None:
        """Kill it, and don't start it again until somebody does."""
        self.is_wanted = False
        self.kill()

    def kill_one(self, chance: random.Random) -> None:
        """SIGKILL to one of its processes; where it is the first one, to all: nobody would be left to be asked."""
        assert self._process
        victim = chance.choice([self._process.pid, *_descendants(self._process.pid)])
        if victim == self._process.pid:
            self.kill()
        else:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)

    def freeze(self) -> None:
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: int) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


class Workers:
    """Two clusters, as on two hosts."""

    def __init__(self, clusters: list[Cluster]) -> None:
        self.clusters = clusters
        self.restarts = 0

    def __iter__(self) -> Iterator[Cluster]:
        return iter(self.clusters)

    def start(self, **environment: str) -> None:
        for cluster in self.clusters:
            cluster.start(**environment)

    def restart(self, **environment: str) -> None:
        self.kill()
        self.start(**environment)

    def kill(self) -> None:
        for cluster in self.clusters:
            cluster.kill()

    def supervise(self) -> None:
        """Start those again that ended, as whatever runs them in earnest does."""
        for cluster in self.clusters:
            if cluster.is_wanted and not cluster.is_alive:
                cluster.kill()  # what it left behind
                cluster.start()
                self.restarts += 1

    @property
    def lines(self) -> list[Line]:
        return [cluster.line for cluster in self.clusters]


def _descendants(pid: int) -> list[int]:
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                found += [child, *_descendants(child)]
    return found
