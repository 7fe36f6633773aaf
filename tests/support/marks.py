"""The mark that a cluster of workers leaves in the cache, as far as anybody reads it."""

from datetime import datetime

from django_q.signing import SignedPackage


class Mark:
    def __init__(self, since: datetime) -> None:
        self.host, self.workers, self.tob = "worker-1", [1, 2], since


def mark(since: datetime) -> str:
    """Return the mark of two workers that have lived since then."""
    return str(SignedPackage.dumps(Mark(since), True))
