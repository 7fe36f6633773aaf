"""That a person without a password here has just proved, at the provider they sign in through, who they are."""

import time
from typing import Any

_KEY = "proved_at"
FRESH = 5 * 60  # seconds


def remember(session: Any) -> None:
    session[_KEY] = time.time()


def is_fresh(session: Any) -> bool:
    """Whether that was within the last minutes; nothing was done on the strength of it yet."""
    return bool(0 <= time.time() - session.get(_KEY, 0) <= FRESH)


def spend(session: Any) -> None:
    """It counts for one deed."""
    session.pop(_KEY, None)
