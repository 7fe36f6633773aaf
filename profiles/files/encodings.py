"""What a file's bytes are: text in one of the encodings that CSV files come in, or no text at all.

Only UTF-8 and UTF-16 prove themselves. Any other encoding is chosen by a person who saw letters read with it: read with
a wrong one, every value is text all the same, and wrong.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from profiles.errors import ImportRefusedError

from .encoding_proposal import proposed_codec
from .options import DAMAGED

Report = Callable[[float], None]  # is given the share done, 0 to 1

# What a person chooses from, by what is stored. Where detection finds several equally likely, the first is proposed.
ENCODINGS: dict[str, Any] = {
    "utf-8": "UTF-8",
    "windows-1252": _("Western European (Windows-1252)"),
    "iso-8859-1": _("Western European (ISO-8859-1)"),
    "iso-8859-15": _("Western European (ISO-8859-15)"),
    "gb18030": _("Chinese, simplified (GB18030, GBK)"),
    "big5": _("Chinese, traditional (Big5)"),
    "shift_jis": _("Japanese (Shift_JIS)"),
    "euc-kr": _("Korean (EUC-KR)"),
    "windows-1250": _("Central European (Windows-1250)"),
    "iso-8859-2": _("Central European (ISO-8859-2)"),
    "windows-1251": _("Cyrillic (Windows-1251)"),
    "koi8-r": _("Cyrillic (KOI8-R)"),
    "iso-8859-5": _("Cyrillic (ISO-8859-5)"),
    "windows-1253": _("Greek (Windows-1253)"),
    "iso-8859-7": _("Greek (ISO-8859-7)"),
    "windows-1254": _("Turkish (Windows-1254)"),
    "iso-8859-9": _("Turkish (ISO-8859-9)"),
    "windows-1255": _("Hebrew (Windows-1255)"),
    "iso-8859-8": _("Hebrew (ISO-8859-8)"),
    "windows-1256": _("Arabic (Windows-1256)"),
    "iso-8859-6": _("Arabic (ISO-8859-6)"),
    "windows-1257": _("Baltic (Windows-1257)"),
    "iso-8859-13": _("Baltic (ISO-8859-13)"),
}
# What Windows and browsers understand by these names holds more letters than the standards do.
_CODECS = {"big5": "cp950", "shift_jis": "cp932", "euc-kr": "cp949"}

MARK = "\ufffd"  # stands where bytes are no letter
DAMAGED_LINES = 5  # the first ones are named

_ARCHIVE = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OTHER = (b"\x1f\x8b", b"%PDF", b"\x89PNG", b"SQLite format 3", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)


class TextDecoder:
    """Decodes a file piece by piece, and knows the places in it that are no text of its encoding.

    With `mark_damaged` each of them becomes a MARK; without, the first one is refused.
    """

    def __init__(self, encoding: str, *, lines_before: int = 0, mark_damaged: bool = False) -> None:
        self.encoding = encoding
        self.has_letters = False  # other than those of ASCII
        self.marked_lines: list[int] = []  # the first ones that hold a MARK
        errors = "replace" if mark_damaged else "strict"
        self._decoder = codecs.getincrementaldecoder(_CODECS.get(encoding, encoding))(errors)
        self._lines = lines_before
        self._line = ""  # what was decoded of the line that is not at its end

    def decode(self, chunk: bytes, *, final: bool = False) -> str:
        """Return the text of the next piece. Raises ImportRefusedError with line and column."""
        try:
            text = self._decoder.decode(chunk, final)
        except UnicodeDecodeError as error:
            self._count(error.object[: error.start].decode(_CODECS.get(self.encoding, self.encoding), "replace"))
            raise self._refusal() from None
        self.has_letters = self.has_letters or not text.isascii()
        self._count(text)
        return text

    def _count(self, text: str) -> None:
        line_end = "\r" if text.rfind("\n") < 0 else "\n"
        last = text.rfind(line_end)
        if MARK in text and len(self.marked_lines) < DAMAGED_LINES:
            marked = [line for line, piece in enumerate(text.split(line_end), self._lines + 1) if MARK in piece]
            self.marked_lines = list(dict.fromkeys(self.marked_lines + marked))[:DAMAGED_LINES]
        self._lines += text.count(line_end)
        self._line = self._line + text if last < 0 else text[last + 1 :]

    def _refusal(self) -> ImportRefusedError:
        code = DAMAGED if self.encoding == "utf-8" else "csv_encoding_misfit"
        place = {"line": self._lines + 1, "column": len(self._line.lstrip("\ufeff")) + 1}
        return ImportRefusedError(code, encoding=label_of(self.encoding), **place)


def encoding_of(
    chunks: Iterator[bytes],
    size: int,
    report: Report,
    *,
    chosen: str = "",
    mark_damaged: bool = False,
    is_whole: bool = True,
) -> str:
    """Return the encoding of the file that comes in `chunks`: `size` bytes in all. One stray byte decides, unless a
    person chose to `mark_damaged` ones: then what is not UTF-16 is UTF-8.

    Without `is_whole` they are only the file's beginning, which may end inside a letter. Raises ImportRefusedError when
    the file is no text, and unless one is `chosen`, when it is neither UTF-8 nor UTF-16.
    """
    head = next(chunks, b"")
    _refuse_other_formats(head)
    utf_16 = _utf_16_of(head)
    if utf_16:
        return utf_16
    if chosen not in {"", "utf-8"} and not head.startswith(codecs.BOM_UTF8):
        return chosen  # proved by whoever decodes it
    decoder = TextDecoder("utf-8", mark_damaged=mark_damaged)
    done, before, chunk, had_letters = 0, b"", head, False
    while chunk:
        if b"\0" in chunk:
            raise ImportRefusedError("csv_not_text")
        following = next(chunks, b"")
        had_letters = decoder.has_letters
        try:
            decoder.decode(chunk, final=is_whole and not following)
        except ImportRefusedError as damage:
            raise _judged(damage, before[-1000:] + chunk, chosen=chosen, had_letters=had_letters) from None
        done += len(chunk)
        report(done / size)
        before, chunk = chunk, following
    return "utf-8"


@dataclass(frozen=True)
class Evidence:
    """Whole lines from further on in a file, where its first byte stands that is no UTF-8.

    `lines` and letters other than those of ASCII (`has_letters`) stand before it.
    """

    content: bytes = b""
    lines: int = 0
    has_letters: bool = False


def encoding_of_head(head: bytes, evidence: Evidence, *, chosen: str = "", mark_damaged: bool = False) -> str:
    """Return the encoding of a file that begins with `head`. Raises ImportRefusedError like `encoding_of`."""
    encoding = encoding_of(
        iter([head]), len(head), lambda share: None, chosen=chosen, mark_damaged=mark_damaged, is_whole=False
    )
    decoder = TextDecoder(encoding, lines_before=evidence.lines, mark_damaged=mark_damaged)
    try:
        decoder.decode(evidence.content, final=True)
    except ImportRefusedError as damage:
        if encoding != "utf-8":
            raise
        had_letters = evidence.has_letters or not head.isascii()
        raise _judged(damage, evidence.content, chosen=chosen, had_letters=had_letters) from None
    return encoding


def label_of(encoding: str) -> str:
    """Return how people write the name of an encoding."""
    return encoding.upper().replace("WINDOWS", "Windows").replace("SHIFT", "Shift").replace("BIG", "Big")


def encoding_called(name: str) -> str:
    """Return the encoding that somebody calls by any of its names. Raises LookupError when it can't be chosen."""
    wanted = codecs.lookup(name).name
    for encoding in ENCODINGS:
        if wanted in {codecs.lookup(encoding).name, codecs.lookup(_CODECS.get(encoding, encoding)).name}:
            return encoding
    raise LookupError(name)


def _utf_16_of(head: bytes) -> str:
    """UTF-16 by its mark, or by the zero bytes that every other place of Western text has."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    many, few = max(even, odd), min(even, odd)
    if many * 4 < len(head) or few:
        return ""
    return "utf-16-le" if odd else "utf-16-be"


def _refuse_other_formats(head: bytes) -> None:
    if not head.strip():
        raise ImportRefusedError("file_empty")
    if head.startswith(_ARCHIVE):
        raise ImportRefusedError("file_is_workbook")
    if head.startswith(_OTHER):
        raise ImportRefusedError("csv_not_text")
    if head.startswith(_UTF_32):
        raise ImportRefusedError("csv_encoding_unknown")


def _is_mostly_utf_8(chunk: bytes) -> bool:
    """Whether more of its bytes belong to letters of UTF-8 than to nothing: then it is UTF-8 that was damaged."""
    valid = chunk.decode("utf-8", "ignore")
    return len(valid.encode()) - len(valid) > len(chunk) - len(valid.encode())


def _judged(damage: ImportRefusedError, chunk: bytes, *, chosen: str, had_letters: bool) -> ImportRefusedError:
    """What to raise for bytes that are no UTF-8: the damage, unless all of the file may be in another encoding."""
    if chosen or had_letters or _is_mostly_utf_8(chunk):
        return damage
    codec = proposed_codec(chunk)
    if not codec:
        return ImportRefusedError("csv_encoding_unknown")
    proposal = encoding_called(codec)
    return ImportRefusedError("csv_encoding_unchosen", encoding=label_of(proposal), proposal=proposal)
