"""What a file's bytes are: text in one of the encodings that CSV files come in, or no text at all."""

import codecs
import re
from collections.abc import Callable, Iterator

from profiles.errors import ImportRefusedError

Report = Callable[[float], None]  # is given the share done, 0 to 1

_EXCEL = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OTHER = (b"\x1f\x8b", b"%PDF", b"\x89PNG", b"SQLite format 3", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")


def encoding_of(chunks: Iterator[bytes], size: int, report: Report, *, is_whole: bool = True) -> str:
    """Return the encoding, as Python calls it, of the file that comes in `chunks`: `size` bytes in all.

    One stray byte decides, so all of them are read. Without `is_whole` they are only the file's beginning,
    which may end inside a letter. Raises ImportRefusedError when the file is no text.
    """
    head = next(chunks, b"")
    _refuse_other_formats(head)
    utf_16 = _utf_16_of(head)
    if utf_16:
        return utf_16
    utf_8 = codecs.getincrementaldecoder("utf-8")()
    done, before = 0, b""
    chunk = head
    while chunk:
        if b"\0" in chunk:
            raise ImportRefusedError("csv_not_text")
        following = next(chunks, b"")
        try:
            utf_8.decode(chunk, final=is_whole and not following)
        except UnicodeDecodeError:
            return _eight_bit_encoding_of(before[-1000:] + chunk)
        done += len(chunk)
        report(done / size)
        before, chunk = chunk, following
    return "utf-8"


def label_of(encoding: str) -> str:
    """Return how people write the name of an encoding."""
    return encoding.upper().replace("WINDOWS", "Windows")


def _refuse_other_formats(head: bytes) -> None:
    if not head.strip():
        raise ImportRefusedError("file_empty")
    if head.startswith(_EXCEL):
        raise ImportRefusedError("file_is_workbook")
    if head.startswith(_OTHER):
        raise ImportRefusedError("csv_not_text")
    if head.startswith(_UTF_32):
        raise ImportRefusedError("csv_encoding_unknown")


def _utf_16_of(head: bytes) -> str:
    """UTF-16 by its mark, or by the zero bytes that every other place of Western text has."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[0::2].count(0), head[1::2].count(0)
    many, few = max(even, odd), min(even, odd)
    if many * 4 < len(head) or few:
        return ""
    return "utf-16-le" if odd else "utf-16-be"


def _eight_bit_encoding_of(evidence: bytes) -> str:
    """Windows-1252, unless the letters come in pairs of bytes as Chinese ones do.

    Western accented letters stand mostly alone; two Chinese characters in a row are four bytes. And what begins
    like a pair is none where an accented letter ends a word.
    """
    lines = evidence.partition(b"\n")[2] or evidence  # the first may have been cut inside a pair
    runs = [len(run) for run in _HIGH_BYTES.findall(lines)]
    if not runs or sum(run for run in runs if run >= 4) * 2 < sum(runs):
        return "windows-1252"
    try:
        codecs.getincrementaldecoder("gb18030")().decode(lines)
    except UnicodeDecodeError:
        return "windows-1252"
    return "gb18030"
