"""What the queue calls for the queue itself."""

from .due import enqueue_due


def look_for_due(_nothing: int) -> None:
    enqueue_due()
