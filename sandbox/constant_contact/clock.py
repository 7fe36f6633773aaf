"""A clock that tests can move: every expiry, ageing and reset in the sandbox reads this one."""

import threading
import time
from datetime import UTC, datetime, timedelta

DAY = 86_400


class Clock:
    def __init__(self) -> None:
        self._offset = 0.0
        self.moved = threading.Condition()

    def now(self) -> float:
        """Seconds since 1970, real time plus whatever the tests added."""
        return time.time() + self._offset

    def advance(self, seconds: float) -> None:
        with self.moved:
            self._offset += seconds
            self.moved.notify_all()

    def set(self, moment: datetime) -> None:
        self.advance(moment.timestamp() - self.now())

    def reset(self) -> None:
        self.advance(-self._offset)

    def today(self) -> str:
        """The UTC day, by which the daily quota is counted."""
        return datetime.fromtimestamp(self.now(), UTC).date().isoformat()


STYLES = ("seconds", "milliseconds", "offset")


def stamp(moment: float, style: str = "seconds") -> str:
    """The moment as the API prints it. All three styles were seen in the wild; `seconds` is the usual one."""
    at = datetime.fromtimestamp(moment, UTC)
    if style == "milliseconds":
        return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    if style == "offset":
        return (at - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S-05:00")
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse(text: str) -> datetime:
    """An ISO-8601 moment; without a zone it is UTC. Raises ValueError."""
    at = datetime.fromisoformat(text.replace(" ", "+"))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
