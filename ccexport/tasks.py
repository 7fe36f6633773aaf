"""What the queue calls for the system itself. Tasks hold no logic."""

from .audit.retention import forget_old_entries


def every_day() -> None:
    forget_old_entries()
