"""Who is meant by segments of one source: what a dynamic segment's rules say now, and the keys a static one keeps."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone
from sqlglot import exp

from profiles.empty_words import EMPTY_WORDS, empty_in
from profiles.models import ProfileSource
from segments.errors import SegmentUnusableError
from segments.models import Segment
from segments.rules.operators import Operand
from segments.rules.tree import read_rules

from .static_keys import KEY, path_of_kept


@dataclass(frozen=True)
class Membership:
    """The profiles of `source` that meet one of `rules`, or whose key is in one of the files `kept`."""

    source: ProfileSource
    rules: Sequence[Any] = ()
    kept: Sequence[Path] = ()


def membership_of(segments: Sequence[Segment]) -> Membership:
    """Return who is meant by any of these segments, which share a source.

    Raises SegmentUnusableError for a static segment whose members are not known, or SourceUnavailableError.
    """
    return Membership(
        segments[0].source,
        [segment.rules for segment in segments if not segment.is_static],
        [_kept(segment) for segment in segments if segment.is_static],
    )


def identity_of(segments: Sequence[Segment]) -> str:
    """Return a text that is another one as soon as the profiles that `stage_union` stages for these segments, which
    share a source, may be others. Blank: the source is a database, which changes without a word.

    Raises SegmentUnusableError or RulesInvalidError.
    """
    check_active(segments)
    membership = membership_of(segments)
    if membership.source.is_in_database:
        return ""
    source = membership.source
    groups = [group for rules in membership.rules for group in read_rules(rules, source.attributes()).groups()]
    moves = any(condition.operator.operand == Operand.DAYS for group in groups for condition in group.conditions())
    chosen: list[tuple[str, ...]] = [(one.name, one.type, one.format) for one in source.attributes() if one.formats]
    chosen += [(name, *EMPTY_WORDS) for name in empty_in(source.attributes())]
    of_source = [source.pk, source.snapshot, source.key_attribute, source.updated_attribute, chosen]
    kept = [segment.kept_members for segment in segments if segment.is_static]
    return json.dumps([*of_source, membership.rules, kept, str(timezone.localdate()) if moves else ""])


def check_active(segments: Sequence[Segment]) -> None:
    """Raise SegmentUnusableError, naming it, when one of them is inactive."""
    for segment in segments:
        if not segment.is_active:
            raise SegmentUnusableError("segment_inactive", segment=segment.name)


def is_kept(key: exp.Expr, kept: Sequence[Path]) -> exp.Expr:
    """Return the condition, for DuckDB, that a key is in one of the files."""
    files = exp.func("read_parquet", exp.Array(expressions=[exp.Literal.string(str(path)) for path in kept]))
    return exp.In(this=key, query=exp.select(exp.column(KEY)).from_(files).subquery())


def _kept(segment: Segment) -> Path:
    if not segment.kept_members:
        raise SegmentUnusableError("static_members_unknown", segment=segment.name)
    if segment.kept_key != segment.source.key_attribute:
        raise SegmentUnusableError("static_key_changed", source=segment.source.name, segment=segment.name)
    return path_of_kept(segment)
