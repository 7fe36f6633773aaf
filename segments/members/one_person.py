"""Which profiles of a source have an email address, and of each which segments and which of their conditions hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from engine.cancellation import Cancellation
from engine.sessions import open_engine
from profiles.blanks import BLANKS
from profiles.models import ProfileSource
from profiles.snapshots import snapshot_path
from profiles.value_types import ValueExpressions
from segments.errors import RulesInvalidError
from segments.models import Segment
from segments.rules.compile import compile_conditions, compile_each
from segments.rules.tree import read_rules
from segments.rules.wording import condition_in_words

from . import in_database as database_profiles
from .membership import is_kept
from .query import column, profiles_of, rows_of
from .static_keys import path_of_kept

MOST = 5  # profiles with one address that are told of


@dataclass(frozen=True, slots=True)
class Held:
    """A condition in words, and whether it holds."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a segment: see segments.rules.tree. `operation` says how it is combined; blank of the first one."""

    number: int
    operation: str
    holds: bool
    conditions: Sequence[Held]


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a profile is in a segment; None where that can't be told, `problem` says why."""

    segment: Segment
    is_member: bool | None
    rules: Sequence[Rule] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    key: str
    values: dict[str, str]  # of the attributes that were asked for
    judged: list[Judged] = field(default_factory=list)


def profiles_of_address(
    source: ProfileSource,
    attribute: str,
    address: str,
    segments: Sequence[Segment],
    also: Sequence[str] = (),
    cancellation: Cancellation | None = None,
) -> list[Profile]:
    """Return the profiles of which `attribute` is the address (without blanks around, in any case), at most MOST.

    `segments` are of this source. `also`: attributes whose values are told.

    Raises SourceUnavailableError, AttributeMissingError and StorageUnavailableError.
    """
    present = {one.name for one in source.attributes()}
    shown = [name for name in also if name in present]
    if attribute not in present:
        return []
    asked = _Question(source, segments)
    if source.is_in_database:
        rows = database_profiles.of_address(source, attribute, address, shown, asked.columns, MOST, cancellation)
    else:
        with snapshot_path(source) as path:
            query = profiles_of(source, path).where(is_address(column(attribute), address)).limit(MOST)
            wanted = [column(source.key_attribute), *(column(name) for name in shown)]
            rows = rows_of(source, query.select(*wanted, *asked.columns()), cancellation)
    profiles = []
    for row in rows:
        values = dict(zip(shown, ("" if value is None else str(value) for value in row[1:]), strict=False))
        profiles.append(Profile(str(row[0]), values, asked.answer(str(row[0]), row[1 + len(shown) :])))
    return profiles


def is_address(text: exp.Expr, address: str) -> exp.Expr:
    """Return the condition that a text is an address, which is written in small letters and without blanks around."""
    trimmed = exp.Trim(this=text, expression=exp.Literal.string(BLANKS), position="BOTH")
    return exp.Lower(this=trimmed).eq(exp.Literal.string(address))


class _Question:
    """What is asked of a profile: a column for each segment, each of its rules and each of their conditions."""

    def __init__(self, source: ProfileSource, segments: Sequence[Segment]) -> None:
        self.source, self.segments = source, segments
        self.problems: dict[int, str] = {}
        self.trees: dict[int, Any] = {}

    def columns(
        self, attributes: Sequence[Any] | None = None, values: ValueExpressions | None = None
    ) -> list[exp.Expr]:
        """The columns. `attributes`, `values`: those of a table; without them, those of the source's file."""
        asked: list[exp.Expr] = []
        for segment in self.segments:
            if segment.is_static:
                continue
            try:
                tree = read_rules(segment.rules, self.source.attributes() if attributes is None else attributes)
            except RulesInvalidError as error:
                self.problems[segment.pk] = str(error)
                continue
            self.trees[segment.pk] = tree
            steps = compile_each(tree, values=values)
            asked += [steps[-1].so_far, *(step.alone for step in steps)]
            asked += [condition for _condition, condition in compile_conditions(tree, values=values)]
        return [_as_number(condition.copy()).as_(f"a{place}") for place, condition in enumerate(asked)]

    def answer(self, key: str, row: Sequence[Any]) -> list[Judged]:
        answers = iter(bool(value) for value in row)
        judged = []
        for segment in self.segments:
            if segment.is_static:
                judged.append(Judged(segment, *self._is_kept(segment, key)))
            elif segment.pk in self.problems:
                judged.append(Judged(segment, None, problem=self.problems[segment.pk]))
            else:
                tree = self.trees[segment.pk]
                is_member, alone = next(answers), [next(answers) for _group in tree.groups()]
                operations = ["", *(str(step.operation) for step in tree.then)]
                rules = [
                    Rule(number, operation, holds, [Held(condition_in_words(one), next(answers)) for one in conditions])
                    for number, (operation, holds, conditions) in enumerate(
                        zip(operations, alone, (group.conditions() for group in tree.groups()), strict=True), start=1
                    )
                ]
                judged.append(Judged(segment, is_member, rules))
        return judged

    def _is_kept(self, segment: Segment, key: str) -> tuple[bool | None]:
        if not segment.kept_members or segment.kept_key != self.source.key_attribute:
            return (None,)
        path = path_of_kept(segment)
        query = exp.select(is_kept(exp.Literal.string(key), [path]))
        with open_engine(reach=[path]) as duck:
            return (bool(duck.execute(query.sql("duckdb")).fetchall()[0][0]),)


def _as_number(condition: exp.Expr) -> exp.Expr:
    """Not every database has a type for what is true."""
    is_true = exp.If(this=condition, true=exp.Literal.number(1))
    return exp.Case(ifs=[is_true], default=exp.Literal.number(0))
