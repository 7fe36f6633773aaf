"""How a stage ends other than by being done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Pause:
    """The run has to wait; `moved`: it made progress, so that its attempts count anew."""

    until: datetime
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    moved: bool = True


class RunEnded(Exception):
    """The run is over, with a status and why (a code of exports.messages and its details)."""

    def __init__(self, status: str, reason: str = "", **details: Any) -> None:
        super().__init__(reason)
        self.status, self.reason, self.details = status, reason, details
