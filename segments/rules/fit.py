"""Which segments no longer fit the attributes that their source is about to have."""

from collections.abc import Sequence

from profiles.attributes import Attribute
from profiles.models import ProfileSource
from segments.errors import RulesInvalidError
from segments.models import Segment

from .tree import read_rules


def no_longer_fitting(source: ProfileSource, attributes: Sequence[Attribute]) -> list[str]:
    """Return the names of the segments of a source whose rules ask for what these attributes don't offer."""
    return [segment.name for segment in Segment.objects.filter(source=source) if not _fits(segment, attributes)]


def _fits(segment: Segment, attributes: Sequence[Attribute]) -> bool:
    try:
        read_rules(segment.rules, attributes)
    except RulesInvalidError:
        return False
    return True
