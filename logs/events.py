"""How a line is written."""

from __future__ import annotations

import logging
from typing import Any

FIELDS = "fields"  # of a LogRecord: ours. What other libraries add to theirs may hold anything, and is not written.


def event(logger: logging.Logger, what: str, level: int = logging.INFO, **fields: Any) -> None:
    """Write that `what` happened. `fields` are ids, counts, codes and times; one that is None is left out."""
    present = {name: value for name, value in fields.items() if value is not None}
    logger.log(level, what, extra={FIELDS: present}, stacklevel=2)
