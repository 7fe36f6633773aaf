"""Holds what the product says of a run against what Constant Contact has, address by address."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from tests.outage.service import Values


class Said(Enum):
    """What the product says of one person after a run."""

    THERE = "on the list with these values"  # its batch is confirmed, or nothing changed since it was
    COUNTED = "one of a batch of whom so many were accepted"  # nobody knows which
    NOT_THERE = "not imported"
    UNKNOWN = "perhaps imported"


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of an address; of a batch (None: was not sent) of which so many are said to be accepted."""

    email: str
    said: Said
    batch: int | None = None
    accepted: int = 0


@dataclass
class Findings:
    """What an audit found: people, and what was said that is not so."""

    sent: int = 0
    claimed: int = 0  # said to be there
    there: int = 0  # with the very values
    open: int = 0  # said to be missing, or unknown
    mistakes: list[str] = field(default_factory=list)

    def add(self, other: Findings) -> None:
        self.sent += other.sent
        self.claimed += other.claimed
        self.there += other.there
        self.open += other.open
        self.mistakes += other.mistakes


def audit(words: Iterable[Word], expected: Mapping[str, Values], members: Mapping[str, Values]) -> Findings:
    """Compare every word with the list. `expected`: the values that everybody valid had when the run planned."""
    found = Findings()
    wrong: Counter[str] = Counter()
    counted: dict[int | None, list[Word]] = defaultdict(list)
    for word in words:
        if word.email not in expected:
            wrong["said of somebody who can't be sent"] += 1
            continue
        is_there = members.get(word.email) == expected[word.email]
        found.sent += word.batch is not None
        found.there += is_there
        if word.said == Said.COUNTED:
            counted[word.batch].append(word)
        elif word.said == Said.THERE:
            found.claimed += 1
            wrong[_what_is_missing(word, members)] += not is_there
        else:
            found.open += 1
            wrong["said not to be imported, and there"] += is_there and word.said == Said.NOT_THERE
    for batch in counted.values():
        there = sum(members.get(word.email) == expected[word.email] for word in batch)
        accepted = batch[0].accepted
        found.claimed += accepted
        found.open += len(batch) - accepted
        wrong["counted as accepted, and not there"] += max(0, accepted - there)
    found.mistakes = [f"{count:,} {what}" for what, count in wrong.items() if count]
    return found


def audit_final(expected: Mapping[str, Values], members: Mapping[str, Values]) -> list[str]:
    """What is wrong after a run that nothing disturbed: everybody valid must be there."""
    missing = sum(email not in members for email in expected)
    stale = sum(email in members and members[email] != values for email, values in expected.items())
    return [
        f"after a run without trouble {count:,} {what}"
        for count, what in ((missing, "are not on the list"), (stale, "have other values"))
        if count
    ]


def _what_is_missing(word: Word, members: Mapping[str, Values]) -> str:
    who = "unchanged" if word.batch is None else "accepted"
    return f"said to be {who}, and {'there with other values' if word.email in members else 'not there'}"
