"""Counts rules that nobody has saved yet, one by one and together, and shows a few of the profiles they mean.

Somebody waits for the answer, and asks again with every change: a newer question of the same page stops the older one
where it runs, and none may take longer than a few seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache

from engine.cancellation import Cancellation, StoppedError, TookTooLongError, run_cancellable
from jobs.limits import WAITS
from profiles.attributes import Attribute
from profiles.errors import SourceUnavailableError
from profiles.models import ProfileSource
from profiles.snapshots import snapshot_path
from segments.rules.compile import compile_each, counts_of
from segments.rules.tree import Rules, read_rules

from . import in_database as database_profiles
from .query import by_key, column, profiles_of, rows_of

SECONDS = WAITS.inspection
SHOWN = 5  # profiles
COLUMNS = 6
_REMEMBERED = 60  # seconds: longer than any question lives


@dataclass(frozen=True)
class Inspection:
    """`counts` says of each rule how many profiles it means alone, and together with all rules before it."""

    counts: Sequence[tuple[int, int]]
    attributes: Sequence[str]
    rows: Sequence[Sequence[Any]]

    @property
    def count(self) -> int:
        return self.counts[-1][1]


@dataclass(frozen=True)
class Question:
    """One of the questions that a page asks, numbered in their order. `page` is what the page calls itself."""

    user_id: int
    page: str
    number: int

    def ask(self) -> None:
        """From here on only this question is wanted, whichever process answers an older one.

        Raises StoppedError when a newer one came first.
        """
        if cache.get(self._key, 0) > self.number:
            raise StoppedError
        cache.set(self._key, self.number, _REMEMBERED)

    def is_wanted(self) -> bool:
        return bool(cache.get(self._key, self.number) == self.number)

    @property
    def _key(self) -> str:
        return f"inspection:{self.user_id}:{self.page}"


def inspect_rules(source: ProfileSource, rules: Any, question: Question) -> Inspection:
    """Return how many profiles the rules mean, and the first of them.

    Raises RulesInvalidError, SourceUnavailableError (also when it takes too long), or StoppedError once a newer
    question was asked.
    """
    if source.is_in_database:
        source.address()  # read now, for a query on a thread that must not
    tree = read_rules(rules, source.attributes())
    names = [attribute.name for attribute in _shown(source, tree)]
    question.ask()

    def work(cancellation: Cancellation) -> Inspection:
        if source.is_in_database:
            numbers, rows = database_profiles.inspect(source, rules, names, SHOWN, cancellation)
        else:
            steps = compile_each(tree)
            with snapshot_path(source) as path:
                numbers = rows_of(source, profiles_of(source, path).select(*counts_of(steps)), cancellation)[0]
                first = by_key(source, profiles_of(source, path).where(steps[-1].so_far.copy())).limit(SHOWN)
                rows = rows_of(source, first.select(*map(column, names)), cancellation)
        return Inspection(list(zip(numbers[::2], numbers[1::2], strict=True)), names, rows)

    try:
        return run_cancellable(work, seconds=SECONDS, is_wanted=question.is_wanted)
    except TookTooLongError:
        raise SourceUnavailableError("live_count_too_long", seconds=SECONDS) from None


def _shown(source: ProfileSource, rules: Rules) -> list[Attribute]:
    """The key, then what conditions are about, then what tells people apart best: a few columns in all."""
    in_rules = [condition.attribute for group in rules.groups() for condition in group.conditions()]
    offered = source.attributes()
    key = [attribute for attribute in offered if attribute.name == source.key_attribute]
    emails = [attribute for attribute in offered if attribute.looks_like_email]
    by_name = {attribute.name: attribute for attribute in [*key, *in_rules, *emails, *offered]}
    return list(by_name.values())[:COLUMNS]
