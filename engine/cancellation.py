"""Runs a query that may be stopped: because nobody waits for its answer any more, or because it takes too long."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import TypeVar

from jobs.limits import WAITS
from logs import in_this_context

LOOK = 0.25  # seconds

T = TypeVar("T")


class StoppedError(Exception):
    """The query was stopped before it had an answer."""


class TookTooLongError(StoppedError):
    """It had as long as it was given."""


class Cancellation:
    """How to stop what is running: each engine says so for as long as it works, which is at most `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._stops: list[Callable[[], None]] = []

    @contextmanager
    def on_cancel(self, stop: Callable[[], None]) -> Iterator[None]:
        """Within the block, `stop` ends the query; it is called from another thread, perhaps more than once.

        A block in a block: one engine reads what another one sends, so both are stopped.
        """
        self._stops.append(stop)
        try:
            yield
        finally:
            self._stops.remove(stop)

    def stop(self) -> None:
        for stop in reversed(self._stops.copy()):
            with suppress(Exception):  # it ended just now
                stop()


def run_cancellable(
    work: Callable[[Cancellation], T],
    *,
    seconds: float,
    is_wanted: Callable[[], bool],
    discard: Callable[[T], object] = lambda found: None,
) -> T:
    """Return what `work` returns. It runs on a thread of its own and must not touch the application's database.

    `is_wanted` is asked a few times a second. `discard` is given what `work` returns after it was stopped, on whichever
    thread that happens. Raises StoppedError, or what `work` raises.
    """
    cancellation = Cancellation(seconds)
    thread = ThreadPoolExecutor(max_workers=1)
    future = thread.submit(in_this_context(work), cancellation)
    thread.shutdown(wait=False)
    ends_at = time.monotonic() + seconds
    try:
        while not wait([future], timeout=LOOK).done:
            if not is_wanted():
                raise StoppedError
            if time.monotonic() >= ends_at:
                raise TookTooLongError
    except BaseException:
        ends_at = time.monotonic() + WAITS.stop
        while not future.done() and time.monotonic() < ends_at:
            cancellation.stop()  # again and again: an engine forgets one that comes between two of its queries
            wait([future], timeout=0.05)
        future.add_done_callback(lambda late: late.exception() or discard(late.result()))
        raise
    return future.result()
