"""What can go wrong with segments. `message` says what happened and what to do next; its texts are in .messages."""

from dataclasses import dataclass

from django.utils.translation import gettext

from web.messages import Message, MessageError


class SegmentError(MessageError):
    """The root of this app's errors."""


class SegmentUnusableError(SegmentError):
    """The segment cannot be used as it is: it is inactive, or static and was never evaluated."""


class AttributeMissingError(SegmentError):
    """The source has no attribute of that name (any more)."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one condition, group or rule. `path` leads to it in the rule of that number (0: the first):
    indexes of `rules` from the root down."""

    path: tuple[int, ...]
    message: Message
    rule: int = 0

    def __str__(self) -> str:
        words = {
            "rule": self.rule + 1,
            "number": ".".join(str(index + 1) for index in self.path),
            "problem": self.message,
        }
        if self.rule:
            if self.path:
                return gettext("Rule %(rule)s, condition %(number)s: %(problem)s") % words
            return gettext("Rule %(rule)s: %(problem)s") % words
        return gettext("Condition %(number)s: %(problem)s") % words if self.path else str(self.message)


class RulesInvalidError(SegmentError):
    """The rules do not fit the attributes of their source. `problems` names each wrong condition."""

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0].message
        super().__init__(first.code, **first.details)
        self.problems = problems

    def __str__(self) -> str:
        return " ".join(map(str, self.problems))
