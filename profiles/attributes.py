"""The attributes of a profile source: what a column is called, what its values are, how full it is."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AttributeType(models.TextChoices):
    TEXT = "text", _("Text")
    WHOLE = "whole", _("Whole number")
    NUMBER = "number", _("Number")
    DATE = "date", _("Date")
    MOMENT = "moment", _("Date and time")
    BOOLEAN = "boolean", _("Yes or no")


@dataclass(frozen=True)
class Attribute:
    """One column of a source. Values are stored as the text of the file; `type` says how rules compare them."""

    name: str
    type: str = AttributeType.TEXT
    filled: float = 0.0  # share of profiles that have a value, 0 to 1
    samples: tuple[str, ...] = ()
    looks_like_email: bool = False
    distinct: int = 0  # about how many different values there are
    values: tuple[str, ...] = ()  # every value, most frequent first, where there are few
    empty_words: tuple[tuple[str, int], ...] = ()  # words that programs write for "nothing", and how often each stands
    words_are_empty: bool = False  # such words count as empty: somebody said so (profiles.empty_words)
    rewritten: int = 0  # how many values a spreadsheet seems to have written as 4.15555E+09
    format: str = ""  # of dates that are not written as 2026-01-31: as strptime reads them; of numbers: "1.234,56"
    formats: tuple[str, ...] = ()  # those that fit all values where more than one does, or where none is certain
    sql_type: str = ""  # of numbers: the engine's type that holds all of them exactly; "" is that of `type`

    @property
    def type_label(self) -> str:
        return str(AttributeType(self.type).label)

    @property
    def format_label(self) -> str:
        """An example of how its values are written, where that is not self-evident."""
        return _example(self.format) if self.format else ""

    @property
    def is_open(self) -> bool:
        """Whether its values could mean several things, and nobody has said which."""
        return bool(self.formats) and self.type == AttributeType.TEXT

    @property
    def may_choose_words(self) -> bool:
        """Whether there is something to say about words for "nothing" in it."""
        return bool(self.empty_words) or self.words_are_empty

    @property
    def choices(self) -> list[tuple[str, str]]:
        """How its values could be read, each with an example."""
        return [(format, _example(format)) for format in self.formats]

    @property
    def filled_percent(self) -> int:
        """Whole percent; never 0 or 100 unless none or all are filled."""
        return min(99, max(1, round(self.filled * 100))) if 0 < self.filled < 1 else round(self.filled * 100)

    @property
    def is_temporal(self) -> bool:
        return self.type in {AttributeType.DATE, AttributeType.MOMENT}

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Attribute":
        lists = {name: tuple(stored.get(name, ())) for name in ("samples", "values", "formats")}
        words = tuple((word, count) for word, count in stored.get("empty_words", ()))
        return cls(**{**stored, **lists, "empty_words": words})


def _example(format: str) -> str:
    return datetime(2026, 12, 31, 17, 5).strftime(format) if format.startswith("%") else format or "1234.56"


_ADDRESS = re.compile(r"([^\s@])[^\s@]*@([^\s@]+\.[^\s@]+)")


def masked(value: str) -> str:
    """Return `value` with the local part of each e-mail address hidden: samples and messages are kept in the
    database and shown to everybody who may look at a source."""
    return _ADDRESS.sub(r"\1…@\2", value)
