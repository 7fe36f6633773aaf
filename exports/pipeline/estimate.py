"""What sending a plan will cost: calls of the day's budget, and minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.conf import settings

from connections.budget import forecast
from exports.models import Batch

from .confirm import LONGEST_GAP, SHORTEST_GAP

# Documented: a million profiles can take up to an hour.
IMPORT_SECONDS_PER_PROFILE = 3600 / 1_000_000
SEND_SECONDS_PER_BATCH = 2.0
# Calls: whether the list is there, who opted out, and the list read back, which is asked for, asked after and fetched.
_READING = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """`calls` of the `left` ones that runs may still make today; `minutes` at most, as far as is known."""

    calls: int
    left: int
    minutes: int

    @property
    def is_affordable(self) -> bool:
        return self.calls <= self.left


def estimate(batches: Sequence[Batch]) -> Estimate:
    """Return what it takes to send these batches and to see them imported."""
    left = forecast(settings.CONSTANT_CONTACT_CLIENT_ID).left
    if not batches:
        return Estimate(0, left, 0)
    sending = SEND_SECONDS_PER_BATCH * len(batches)
    importing = IMPORT_SECONDS_PER_PROFILE * sum(batch.rows for batch in batches)
    # The activities are asked after with gaps that grow to a third of the time waited.
    polls, waited = 1, 0.0
    while waited < importing:
        waited += min(max(waited / 3, SHORTEST_GAP.total_seconds()), LONGEST_GAP.total_seconds())
        polls += 1
    return Estimate(_READING + len(batches) + polls, left, ceil((sending + importing) / 60))
