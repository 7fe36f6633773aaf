"""The safety net under all lines: e-mail addresses, tokens and passwords are taken out, wherever they came from.

Lines are written so that there is nothing to take out. But the text of an exception of some library may quote what it
could not read, and nobody has seen them all.
"""

from __future__ import annotations

import re

EMAIL = "[e-mail]"
SECRET = "[secret]"  # noqa: S105

_AT = r"(?:@|＠|%40)"
# Lengths are bounded: without, a long text without blanks would be read again from each of its characters.
_LOCAL = r"(?:\"[^\"\n]{1,128}\"|[^\s@＠<>()\[\],;:\"]{1,128})"
_EMAIL = re.compile(_LOCAL + _AT + r"[^\s@＠<>()\[\]{},;:\"'=&?/]+", re.I)
_USERINFO = re.compile(r"(?<=://)[^\s/?#@]{0,256}:[^\s/?#@]{0,256}(?=@)")
_AUTHORIZATION = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.I)
_NAMES = (
    r"(?:access|refresh|id)_?token|token|client_?secret|secret(?:_key)?|password|passwd|api_?key|authorization|"
    r"sessionid|csrftoken|cookie"
)
_NAMED = re.compile(rf"(?P<name>(?:\b|_)(?:{_NAMES})[\"']?\s*[:=]\s*[\"']?)(?!\[)[^\s\"',;&)}}\]]+", re.I)
_SENSITIVE = re.compile(rf"(?:^|_)(?:{_NAMES})$", re.I)
# A JWT, or an unbroken run longer than a UUID, as tokens are; names in a traceback have no digits or capitals.
_TOKEN = re.compile(r"\beyJ[\w-]+(?:\.[\w-]+)*|(?<![\w-])(?=[\w-]{0,200}[A-Z0-9])[\w-]{40,}")


def redacted(text: str) -> str:
    """Return `text` without what no log may hold."""
    text = _AUTHORIZATION.sub(rf"\1 {SECRET}", text)
    text = _NAMED.sub(rf"\g<name>{SECRET}", text)
    text = _TOKEN.sub(SECRET, text)
    if "@" in text or "＠" in text or "%40" in text:
        text = _USERINFO.sub(SECRET, text)
        text = _EMAIL.sub(EMAIL, text)
    return text


def is_sensitive(name: str) -> bool:
    """Whether a field of this name holds a secret, whatever it looks like."""
    return bool(_SENSITIVE.search(name))
