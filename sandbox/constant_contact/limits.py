"""How many requests an application may make: per second and per UTC day, all its accounts together."""

import threading
from collections import deque

from sandbox.constant_contact.clock import Clock
from sandbox.constant_contact.errors import ApiError, quota_exceeded, throttled
from sandbox.constant_contact.switches import Switches


class Limits:
    def __init__(self, clock: Clock, switches: Switches) -> None:
        self._clock, self._switches = clock, switches
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self._recent: dict[str, deque[float]] = {}
        self._today: dict[str, tuple[str, int]] = {}

    def count(self, client_id: str) -> None:
        """Count one request. Raises 429 `throttled` or `quota_exceeded` when it is one too many."""
        with self._lock:
            refusal = self._refusal(client_id)
            if refusal is None or self._switches["refused_requests_count"]:
                self._recent[client_id].append(self._clock.now())
                day, spent = self._today[client_id]
                self._today[client_id] = (day, spent + 1)
        if refusal is not None:
            if self._switches["retry_after"]:
                refusal.headers["Retry-After"] = "1"
            raise refusal

    def _refusal(self, client_id: str) -> ApiError | None:
        per_second, per_day = self._switches["requests_per_second"], self._switches["requests_per_day"]
        if per_day and self._spent(client_id) >= per_day:
            self._recent.setdefault(client_id, deque())
            return quota_exceeded()
        self._spent(client_id)
        return throttled() if self._in_second(client_id) >= per_second > 0 else None

    def _spent(self, client_id: str) -> int:
        today = self._clock.today()
        day, spent = self._today.get(client_id, (today, 0))
        if day != today:
            spent = 0
        self._today[client_id] = (today, spent)
        return spent

    def _in_second(self, client_id: str) -> int:
        recent = self._recent.setdefault(client_id, deque())
        now = self._clock.now()
        since = int(now) if self._switches["second"] == "calendar" else now - 1
        while recent and not since < recent[0] <= now:
            recent.popleft()
        return len(recent)
