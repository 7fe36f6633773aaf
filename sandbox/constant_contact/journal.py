"""What was asked of the sandbox: a log of requests and running counts, for tests to look at."""

import threading
from collections import Counter, deque
from typing import Any

KEPT = 100_000


class Journal:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._calls: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._imports = self._rows = self._largest = self._refreshes = self._throttled = self._faults = 0

    def add(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._entries.append(entry)
            self._calls[f"{entry['method']} {entry['route']}"] += 1
            self._statuses[str(entry["status"])] += 1
            self._largest = max(self._largest, entry["body_bytes"])
            self._throttled += entry["status"] == 429
            if "activity_id" in entry and "rows" in entry:
                self._imports += 1
                self._rows += entry["rows"]
            self._refreshes += entry.get("grant_type") == "refresh_token"
            self._faults += "fault" in entry

    def entries(self, match: str = "") -> list[dict[str, Any]]:
        """In order of arrival; `match` is part of "METHOD /path"."""
        with self._lock:
            kept = list(self._entries)
        return [entry for entry in kept if match in f"{entry['method']} {entry['path']}"]

    def stats(self) -> dict[str, Any]:
        with self._lock:
            return {
                "requests": sum(self._calls.values()),
                "calls": dict(self._calls),
                "statuses": dict(self._statuses),
                "imports": self._imports,
                "rows": self._rows,
                "largest_body": self._largest,
                "throttled": self._throttled,
                "refreshes": self._refreshes,
                "faults": self._faults,
            }
