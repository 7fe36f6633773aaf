"""Peak resident memory of processes, as Linux counts it (VmHWM of /proc/<pid>/status); elsewhere unknown."""

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

PROC = Path("/proc")
INTERVAL = 0.1  # seconds; a peak only grows, so little is missed


def peak_of(process: "int | str") -> int:
    """Return the peak in bytes of a process ("self" for this one); 0 when it can't be told."""
    with suppress(OSError, ValueError):
        for line in (PROC / str(process) / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


class Watch:
    """Looks at all processes of a session, also those that end meanwhile, for as long as the `with` block."""

    def __init__(self, session: int) -> None:
        self._session = session
        self._peaks: dict[int, int] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="memory", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._thread.join()

    def worker(self) -> int:
        """The peak of the process that needed most: of a queue, the worker that did the work."""
        self._look()
        return max(self._peaks.values(), default=0)

    def together(self) -> int:
        """The sum of the peaks of all its processes; what they share counts once for each."""
        self._look()
        return sum(self._peaks.values())

    def _look_on(self) -> None:
        while not self._over.wait(INTERVAL):
            self._look()

    def _look(self) -> None:
        if not PROC.is_dir():
            return
        for name in os.listdir(PROC):
            if name.isdigit() and _session_of(int(name)) == self._session:
                self._peaks[int(name)] = max(self._peaks.get(int(name), 0), peak_of(name))


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0
