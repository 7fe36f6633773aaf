"""That a person without a password here has just proved, at the provider they sign in through, who they are."""

import time
from typing import Any

_KEY = "proved_at"
MAX_AGE = 5 * 60  # seconds


def mark(session: Any) -> None:
    session[_KEY] = time.time()


def is_recent(session: Any) -> bool:
    """Whether that was within the last minutes; nothing was done on the strength of it yet."""
    return bool(0 <= time.time() - session.get(_KEY, 0) <= MAX_AGE)


def consume(session: Any) -> None:
    """It counts for one action."""
    session.pop(_KEY, None)
