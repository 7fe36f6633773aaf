"""Charts as SVG: here is said where everything lies, templates/web/chart.html writes it, the style sheets colour it.

A chart is as wide as its place on the page, so its units are only proportions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.functional import Promise

HEIGHT = 100
SLOT, BAR = 10, 8  # the place of a column or a day, and the column in it
MIN_HEIGHT = 1.5  # a few are seen beside thousands
MIN_WIDTH = 6  # of 1000

Part = tuple[str | Promise, str, int]  # what it is called, its tone, how many


@dataclass(frozen=True, slots=True)
class Rect:
    """`title` is shown to a pointer that rests on it."""

    css: str
    x: float
    y: float
    width: float
    height: float
    title: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """`label` says what there is to be seen, for those who do not see it. `line` and `area` are points, or none."""

    label: str
    width: float
    height: float
    rects: Sequence[Rect]
    line: str = ""
    area: str = ""


def stacked_bar(parts: Sequence[Part]) -> Chart:
    """One bar that is made of all parts: each wide enough to be seen, however few they are."""
    total = sum(count for _label, _tone, count in parts)
    widths = [max(MIN_WIDTH, 1000 * count / total) for _label, _tone, count in parts]
    rects, x = [], 0.0
    for (label, tone, count), width in zip(parts, widths, strict=True):
        share = 1000 * width / sum(widths)
        css = f"cc-parts__part cc-tone-{tone}"
        rects.append(Rect(css, round(x, 1), 0, round(share, 1), 24, _counted(label, count)))
        x += share
    return Chart(in_words(parts), 1000, 24, rects)


def columns(label: str, stacks: Sequence[Sequence[Part]], *, slots: int = 0, has_track: bool = False) -> Chart:
    """A column for each stack: its parts on each other, the first one lowest; the highest column fills the height.

    Fewer than `slots` stand at the right end, where later ones will push them to the left. With `has_track`, an empty
    place is marked.
    """
    highest = max((sum(count for _label, _tone, count in stack) for stack in stacks), default=0) or 1
    slots = max(slots, len(stacks))
    rects = []
    for slot, stack in enumerate(stacks, start=slots - len(stacks)):
        x, y = slot * SLOT + (SLOT - BAR) // 2, float(HEIGHT)
        if has_track:
            rects.append(Rect("cc-chart__track", x, HEIGHT - MIN_HEIGHT, BAR, MIN_HEIGHT))
        for name, tone, count in stack:
            height = max(MIN_HEIGHT, HEIGHT * count / highest)
            y = max(0.0, y - height)
            css = f"cc-chart__bar cc-tone-{tone}"
            rects.append(Rect(css, x, round(y, 2), BAR, round(height, 2), _counted(name, count)))
    return Chart(label, slots * SLOT, HEIGHT, rects)


def line(label: str, counts: Sequence[tuple[str, int | None]]) -> Chart:
    """A line through named counts, one after the other. It begins at the first that is known (not None).

    It stands on zero, so that a small change looks small, and the highest stays clear of the edge.
    """
    highest = max((count or 0 for _name, count in counts), default=0) or 1
    width, points, rects = SLOT * len(counts), [], []
    for x, (name, count) in zip(range(0, width, SLOT), counts, strict=True):
        if count is not None:
            points.append((x + SLOT / 2, round(HEIGHT - 92 * count / highest, 1)))
            rects.append(Rect("cc-trend__day", x, 0, SLOT, HEIGHT, _counted(name, count)))
    begin = rects[0].x if rects else 0
    ends = [(begin, points[0][1]), *points, (width, points[-1][1])] if points else []
    through = " ".join(f"{x:g},{y:g}" for x, y in ends)
    return Chart(label, width, HEIGHT, rects, through, f"{begin:g},{HEIGHT} {through} {width},{HEIGHT}")


def in_words(parts: Sequence[Part]) -> str:
    """Return what a chart of the parts says."""
    return ", ".join(_counted(label, count) for label, _tone, count in parts)


def _counted(label: str | Promise, count: int) -> str:
    return f"{label}: {number_format(count, force_grouping=True)}"
