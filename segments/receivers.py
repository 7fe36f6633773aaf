"""What this app does when a profile source has other profiles, or is about to have other attributes."""

from collections.abc import Sequence
from typing import Any

from profiles.attributes import Attribute
from profiles.models import ProfileSource

from .errors import RulesInvalidError
from .evaluations.lifecycle import reevaluate_source
from .models import Segment
from .rules.tree import read_rules


def evaluate_again(source_id: int, **_signal: Any) -> None:
    reevaluate_source(source_id)


def no_longer_fitting(source: ProfileSource, attributes: Sequence[Attribute], **_signal: Any) -> list[str]:
    """Return the names of the segments of a source whose rules ask for what these attributes don't offer."""
    return [segment.name for segment in Segment.objects.filter(source=source) if not _fits(segment, attributes)]


def _fits(segment: Segment, attributes: Sequence[Attribute]) -> bool:
    try:
        read_rules(segment.rules, attributes)
    except RulesInvalidError:
        return False
    return True
