"""How a roster changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """The query of a roster as it is afterwards, and its values."""

    query: str
    values: Mapping[str, object]
