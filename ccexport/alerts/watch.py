"""Watches over the workers from the web process: without one, nobody in the queue could say that there is none.

When a worker is back, its own look for trouble closes the matter.
"""

import logging
import threading
import time

from django.db import Error, close_old_connections

from ccexport.health import a_worker_lives
from ccexport.models import Trouble

from .book import open_trouble, untold
from .delivery import deliver

logger = logging.getLogger(__name__)

EVERY = 20.0  # seconds
PATIENCE = 80.0  # seconds of silence; with a look each 20 it is told within two minutes


class Watch:
    """Remembers since when no worker gave a sign of life."""

    def __init__(self) -> None:
        self.silent_since: float | None = None

    def look(self) -> None:
        """Open the trouble, and tell people of it, once no worker has lived for a while."""
        if a_worker_lives():
            self.silent_since = None
            return
        self.silent_since = self.silent_since if self.silent_since is not None else time.monotonic()
        if time.monotonic() - self.silent_since < PATIENCE:
            return
        open_trouble(Trouble.Kind.NO_WORKER)
        for trouble in untold().filter(kind=Trouble.Kind.NO_WORKER):
            deliver(trouble.pk)


def start() -> None:
    """Watch in the background as long as this process lives."""
    threading.Thread(target=_for_ever, name="watch over workers", daemon=True).start()


def _for_ever() -> None:
    watch = Watch()
    while True:
        time.sleep(EVERY)
        close_old_connections()
        try:
            watch.look()
        except Error as error:  # it is away for a moment; look again
            logger.warning("The workers could not be looked after: %s", type(error).__name__)
