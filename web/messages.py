"""One message: a code with details, rendered late.

Rows keep the code and its details, never the text: the worker that met the problem knows no reader, and a sentence that
was reworded or translated since is read in its new words. Each app registers its texts once, when it is loaded: what
happened and, beside it, what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from typing import Any, Self

from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, ngettext

# Details of these names are moments, kept as ISO 8601 (JSON has no type for them) and shown in the reader's time zone.
MOMENTS = frozenset({"at", "planned", "since", "started"})


@dataclass(frozen=True, slots=True)
class Text:
    """Msgids, marked with gettext_noop or ngettext_noop where they stand. Each may be empty.

    `plural`: what happened for more than one; which number decides is the detail named `count`.
    """

    happened: str
    next_step: str = ""
    plural: str = ""
    count: str = "count"


def ngettext_noop(singular: str, plural: str) -> dict[str, str]:
    """Mark a text with a plural for translation: `Text(**ngettext_noop("one …", "%(count)s …"), next_step=…)`."""
    return {"happened": singular, "plural": plural}


_texts: dict[str, Text] = {}


def register(texts: Mapping[str, Text]) -> None:
    """Make the texts of an app known. Raises ImproperlyConfigured when a code means something else already."""
    for code, text in texts.items():
        if _texts.setdefault(code, text) != text:
            raise ImproperlyConfigured(f"Two messages have the code {code!r}: one of them would never be read.")


def registered() -> Mapping[str, Text]:
    """Return all texts by their codes."""
    return dict(_texts)


@dataclass(frozen=True, slots=True)
class Message:
    """What happened and what to do next, in the language that is active when it is read. No code: no message.

    `details` fill the places of the text. They are JSON: texts, numbers, lists, moments (see MOMENTS), and messages as
    `as_json` gives them.
    """

    code: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return joined(self.happened, self.next_step)

    def __bool__(self) -> bool:
        return bool(self.code)

    @property
    def happened(self) -> str:
        if not self.code:
            return ""
        text = _texts[self.code]
        if text.plural:
            return ngettext(text.happened, text.plural, self.details[text.count]) % self._shown()
        return self._in_words(text.happened)

    @property
    def next_step(self) -> str:
        return self._in_words(_texts[self.code].next_step) if self.code else ""

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "details": dict(self.details)} if self.code else {}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(stored.get("code", ""), stored.get("details", {}))

    def _in_words(self, msgid: str) -> str:
        return gettext(msgid) % self._shown() if msgid else ""

    def _shown(self) -> dict[str, str]:
        return {name: _in_words(name, value) for name, value in self.details.items()}


class MessageError(Exception):
    """An error that a person reads. `message` says what happened and what to do next; str() is its text."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.message = Message(code, details)

    def __str__(self) -> str:
        return str(self.message)


def joined(*texts: str) -> str:
    """Put sentences one after the other, as the active language does it; empty ones are left out."""
    present = [text for text in texts if text] or [""]
    return reduce(
        lambda first, second: gettext("%(happened)s %(next_step)s") % {"happened": first, "next_step": second}, present
    )


def _in_words(name: str, value: Any) -> str:
    if name in MOMENTS and isinstance(value, str):
        return str(date_format(timezone.localtime(datetime.fromisoformat(value)), "DATETIME_FORMAT"))
    if isinstance(value, Mapping):
        return str(Message.from_json(value))
    if isinstance(value, list | tuple):
        return gettext(", ").join(_in_words("", each) for each in value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(number_format(value, force_grouping=True))
    return str(value)
