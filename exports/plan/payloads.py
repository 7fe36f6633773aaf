"""Reads one contact of a plan back: its values by target, from what was or would be sent."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence


def values_of(payload: str, header: Sequence[str] = ()) -> dict[str, str]:
    """Return the values of a contact by target. `header`: the columns of the file, where it is a line of one."""
    if not payload:
        return {}
    if header:
        return dict(zip(header, next(csv.reader([payload])), strict=False))
    return {target: _text(value) for target, value in json.loads(payload).items()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
