"""Watches over the workers from the web process: without one that works, nobody in the queue could say so.

When a worker is back, its own check closes the matter.
"""

import logging
import threading
import time

from django.db import close_old_connections

from ccexport.models import Incident
from ccexport.status.health import worker_is_alive
from ccexport.status.queue import queue
from jobs.limits import LIMITS

from .delivery import deliver
from .store import open_incident, pending

logger = logging.getLogger(__name__)

EVERY = 20.0  # seconds
SILENT_AFTER = 4 * EVERY  # people are notified within two minutes
# Workers that live but get nothing done may be at something that no row tells of. The queue ends that after
# LIMITS.tick; what is given longer (runs, imports, evaluations) holds a claim, and is no incident while it does.
STALLED_AFTER = (LIMITS.tick.message or 0) + EVERY


class Watchdog:
    """Remembers since when no worker gave a sign of life, or since when those that live got nothing done."""

    def __init__(self) -> None:
        self.since: float | None = None
        self.lived = False  # which of the two it is: each has a patience of its own

    def check(self) -> None:
        """Open the incident, and notify people of it, once it has lasted for a while."""
        lives = worker_is_alive()
        if lives and not queue().hangs:
            self.since = None
            return
        if self.since is None or lives != self.lived:
            self.since, self.lived = time.monotonic(), lives
        if time.monotonic() - self.since < (STALLED_AFTER if lives else SILENT_AFTER):
            return
        open_incident(Incident.Kind.NO_WORKER, hangs=lives)
        for incident in pending().filter(kind=Incident.Kind.NO_WORKER):
            deliver(incident.pk)


def start() -> None:
    """Watch in the background as long as this process lives."""
    threading.Thread(target=_run, name="watchdog of workers", daemon=True).start()


def _run() -> None:
    """Whatever goes wrong, the next check comes: without this thread nobody could say that no worker is there."""
    watchdog = Watchdog()
    while True:
        time.sleep(EVERY)
        try:
            close_old_connections()
            watchdog.check()
        except Exception as error:  # its text may hold an address
            logger.warning("The workers could not be checked: %s", type(error).__name__)
