"""The mark that a cluster of workers leaves in the cache, as far as anybody reads it."""

from datetime import datetime

from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.signing import SignedPackage


class Mark:
    def __init__(self, since: datetime, host: str = "worker-1", status: object = Conf.IDLE) -> None:
        self.host, self.workers, self.tob = host, [1, 2], since
        self.status, self.timestamp = status, timezone.now()


def mark(since: datetime, **how: object) -> str:
    """Return the mark of two workers that have lived since then."""
    return str(SignedPackage.dumps(Mark(since, **how), True))


def lives(host: str, *, status: object = Conf.IDLE, seconds: int = 3) -> None:
    """A cluster on this host gives a sign of life."""
    get_broker().set_stat(f"{Conf.Q_STAT}:{host}", mark(timezone.now(), host=host, status=status), seconds)
