"""What can go wrong with profiles and segments, each as a sentence for the person who meets it.

A sentence is kept as its msgid and parameters, so that it can be stored with a row and still be read
in the language of whoever looks at it later: the worker that met the problem knows no reader.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext


@dataclass(frozen=True)
class Sentence:
    """A msgid marked with gettext_noop, with named parameters; str() renders it in the active language."""

    msgid: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        if not self.msgid:
            return ""
        return gettext(self.msgid) % {name: _shown(value) for name, value in self.params.items()}

    def as_json(self) -> dict[str, Any]:
        return {"msgid": self.msgid, "params": dict(self.params)}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Sentence":
        return cls(stored.get("msgid", ""), stored.get("params", {}))


def _shown(value: Any) -> str:
    if isinstance(value, int):
        return str(number_format(value, force_grouping=True))
    if isinstance(value, list | tuple):
        return gettext(", ").join(map(_shown, value))
    return str(value)


class SegmentError(Exception):
    """The root of this app's errors. `sentence` says what happened and what to do next."""

    def __init__(self, msgid: str, **params: Any) -> None:
        self.sentence = Sentence(msgid, params)
        super().__init__(msgid)

    def __str__(self) -> str:
        return str(self.sentence)


class SourceUnavailableError(SegmentError):
    """The profiles cannot be read now: nothing was uploaded yet, or the stored file is gone or damaged."""


class SegmentUnusableError(SegmentError):
    """The segment cannot be used as it is: it is inactive, or static and was never evaluated."""


class AttributeMissingError(SegmentError):
    """The source has no attribute of that name (any more)."""


class ImportRefusedError(SegmentError):
    """The file is not taken in; the profiles of the upload before stay in use."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one condition, group or rule. `path` leads to it in the rule of that number (0: the first):
    indexes of `rules` from the root down."""

    path: tuple[int, ...]
    sentence: Sentence
    rule: int = 0

    def __str__(self) -> str:
        words = {
            "rule": self.rule + 1,
            "number": ".".join(str(index + 1) for index in self.path),
            "problem": self.sentence,
        }
        if self.rule:
            if self.path:
                return gettext("Rule %(rule)s, condition %(number)s: %(problem)s") % words
            return gettext("Rule %(rule)s: %(problem)s") % words
        return gettext("Condition %(number)s: %(problem)s") % words if self.path else str(self.sentence)


class RulesInvalidError(SegmentError):
    """The rules do not fit the attributes of their source. `problems` names each wrong condition."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(problems[0].sentence.msgid, **problems[0].sentence.params)

    def __str__(self) -> str:
        return " ".join(map(str, self.problems))
