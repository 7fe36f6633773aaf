"""Which encoding lines are most likely written in that are no UTF-8: a proposal, for a person to confirm.

Names and towns are short, and libraries that detect encodings need more text than that: of 13 short samples
charset-normalizer took four for another encoding. Here each encoding is asked how odd its letters would be.
"""

import re
from itertools import pairwise

# Candidates as Python calls them; of equally likely ones the first is proposed. For those of two bytes: the first bytes
# of its usual letters.
LATIN = ("cp1252", "cp1250", "cp1254", "cp1257")
_USUAL = {
    "gb18030": range(0xB0, 0xD8),
    "cp950": range(0xA4, 0xC7),
    "cp932": (0x82, 0x83, *range(0x88, 0x98)),
    "cp949": range(0xB0, 0xC9),
}
_OTHERS = ("cp1251", "cp949", "cp932", "cp950", "gb18030", "koi8-r", "cp1253", "cp1255", "cp1256")
_RARE = frozenset("þÞðÐýÝ¥£¦§¨¬¯°±´¶·¸¹¼½¾¿¡¢¤ŗŖ")
_PUNCTUATION = frozenset("–—‘’“”„«»€… ·。，、（）・ー")

_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
_WORD = re.compile(r"[^\W\d_]+")
_ENOUGH = 64 * 1024


def proposed_codec(evidence: bytes) -> str:
    """Return the most likely encoding of whole lines; "" when none fits."""
    lines = b"\n".join(line for line in re.split(rb"[\r\n]+", evidence) if not line.isascii())[:_ENOUGH]
    runs = [len(run) for run in _HIGH_BYTES.findall(lines)]
    # Western accented letters stand mostly alone; a word of another alphabet, and two Chinese characters, are a run.
    is_latin = sum(run for run in runs if run >= 3) * 2 < sum(runs)
    oddness = {codec: _oddness(lines, codec) for codec in (LATIN + _OTHERS if is_latin else _OTHERS + LATIN)}
    fitting = {codec: odd for codec, odd in oddness.items() if odd is not None}
    return min(fitting, key=lambda codec: round(fitting[codec], 2), default="")


def _oddness(lines: bytes, codec: str) -> float | None:
    """How unusual the text would be, for each of its letters that are not ASCII; None when it would be none."""
    try:
        text = lines.decode(codec, "strict" if len(lines) < _ENOUGH else "ignore")
    except UnicodeDecodeError:
        return None
    letters = [letter for letter in text if not letter.isascii()]
    odd = sum(_is_odd(letter, codec) for letter in letters)
    for word in _WORD.findall(text):
        if not word.isascii():
            # Names begin with a capital where there are any, and seldom have one further on.
            odd += sum(a.islower() and b.isupper() for a, b in pairwise(word))
            odd += 0.1 * word[0].islower()
            # Western words have letters of ASCII too, those of other alphabets have none.
            is_pure = not any(map(str.isascii, word))
            odd += is_pure and len(word) > 2 if codec in LATIN else not is_pure
    return odd / len(letters) if letters else None


def _is_odd(letter: str, codec: str) -> bool:
    if letter in _PUNCTUATION:
        return False
    usual = _USUAL.get(codec)
    written = letter.encode(codec, "ignore")
    if usual is not None:
        return len(written) != 2 or written[0] not in usual
    return not letter.isalpha() or letter in _RARE
