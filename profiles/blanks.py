"""Which characters show nothing: a value of these alone is empty, in rules as in what is sent.

All of Unicode's White_Space, the control characters but NUL (which no text of SQL can hold), and what is invisible:
zero-width characters, byte order marks, soft hyphens, word joiners, marks of the direction of writing.
"""


def _characters(*ranges: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


WHITE_SPACE = _characters(
    (0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029),
    (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
_CONTROLS = _characters((0x01, 0x08), (0x0E, 0x1F), (0x7F, 0x84), (0x86, 0x9F))
_INVISIBLE = _characters(
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180E, 0x180E),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
    (0xFFF9, 0xFFFB),
)  # fmt: skip
BLANKS = WHITE_SPACE + _CONTROLS + _INVISIBLE


def any_of(characters: str) -> str:
    """Return the class of these characters in a regular expression of the engine: in ranges, which it reads sooner."""
    codes = sorted(map(ord, set(characters)))
    firsts = [code for code in codes if code - 1 not in codes]
    lasts = [code for code in codes if code + 1 not in codes]
    return "[" + "".join(f"\\x{{{first:x}}}-\\x{{{last:x}}}" for first, last in zip(firsts, lasts, strict=True)) + "]"


BLANK = any_of(BLANKS + "\0")
AROUND = f"^{BLANK}+|{BLANK}+$"
