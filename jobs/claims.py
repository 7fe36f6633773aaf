"""Holding on to a claim while the work goes on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import Error, connection

from .limits import WAITS

logger = logging.getLogger(__name__)


class Renewal:
    """Renews a claim now and then, for as long as `renew` says that it is held.

    A database that is away for a moment ends no work: what was claimed is held until the claim has run out, and whether
    anybody else took it by then, the next write finds out.
    """

    def __init__(self, renew: Callable[[], bool], *, lease: float) -> None:
        self._renew = renew
        self._lease = lease
        self._renewed_at = time.monotonic()
        self._next = self._renewed_at + WAITS.renewal

    def is_held(self) -> bool:
        """Renew the claim if it is time to. Cheap: may be asked many times a second."""
        now = time.monotonic()
        if now < self._next:
            return True
        self._next = now + WAITS.renewal
        try:
            held = self._renew()
        except Error as error:
            if now - self._renewed_at >= self._lease:
                raise
            logger.warning("A claim could not be renewed yet: %s", type(error).__name__)
            if not connection.in_atomic_block:
                connection.close()
            return True
        self._renewed_at = now
        return held
