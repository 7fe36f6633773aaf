"""Draws docs/pictures/floors.svg from the imports: `make picture`. A test holds that the drawing is up to date.

Rows are the layers of the contract in pyproject.toml, which `make lint` holds. An arrow is an import; one that follows
from others is left out. In each box are its folders and its models, each above what it imports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import grimp

from .imports import ROOT, between_children, build, contracts, floors, without_what_follows

PICTURE = ROOT / "docs" / "pictures" / "floors.svg"
CAPTIONS = {
    "bench": "measures a million profiles",
    "ccexport": "the project: pages about the installation itself, settings, the demo",
    "exports": "what is sent, and when",
    "segments": "who is meant",
    "connections": "who we may talk to, and as whom",
    "profiles": "where unified customer profiles live",
    "constant_contact": "client of the API",
    "web": "pages, messages",
    "engine": "DuckDB, files",
    "jobs": "claims, queue",
    "logs": "log lines",
    "encryption": "secrets",
    "audit_trail": "who did what",
    "sandbox": "stands in for Constant Contact over HTTP; imports nothing of ours, and nothing imports it",
}
WIDTH, MARGIN, GAP, ROW_GAP = 1120, 20, 12, 44
CHIP, CHIP_GAP, LETTER = 22, 6, 7.2


@dataclass
class Box:
    name: str
    rows: list[list[str]] = field(default_factory=list)  # of chips, by inner floor
    left: float = MARGIN
    top: float = 0
    width: float = WIDTH - 2 * MARGIN
    height: float = 0  # of the tallest of its floor

    @property
    def needed_height(self) -> float:
        return 50 + len(self.lines) * (CHIP + CHIP_GAP) + (6 if self.rows else 0)

    @property
    def lines(self) -> list[list[str]]:
        """The chips as they are laid out: an inner floor that is too wide takes several lines."""
        lines = []
        for row in self.rows:
            line, used = [], 0.0
            for chip in row:
                if line and used + _wide(chip) > self.width - 24:
                    lines.append(line)
                    line, used = [], 0.0
                line.append(chip)
                used += _wide(chip) + CHIP_GAP
            lines.append(line)
        return lines

    @property
    def middle(self) -> float:
        return self.left + self.width / 2


def _wide(chip: str) -> float:
    return len(chip) * LETTER + 16


def draw(graph: grimp.ImportGraph) -> str:
    """The picture as SVG."""
    layers = [[name.strip() for name in layer.split(":")] for layer in contracts()["contracts"][0]["layers"]]
    arrows = without_what_follows(between_children(graph))
    boxes = {name: Box(name, _chips(graph, name)) for layer in layers for name in layer}
    bottom = _place(layers, boxes, arrows)
    sandbox = Box("sandbox", top=bottom)
    sandbox.height = sandbox.needed_height
    parts = [
        *(_arrow(boxes[source], boxes[target]) for source in boxes for target in sorted(arrows[source])),
        *(_box(box) for box in boxes.values()),
        _box(sandbox, dashed=True),
    ]
    height = round(sandbox.top + sandbox.height + MARGIN)
    return "\n".join([_HEAD.format(width=WIDTH, height=height), *parts, "</svg>", ""])


def _chips(graph: grimp.ImportGraph, app: str) -> list[list[str]]:
    shown = {
        child
        for child in between_children(graph, app)
        if (graph.find_children(child) or child.endswith(".models"))
        and child.rpartition(".")[2] not in {"management", "templatetags", "formats"}
    }
    rows = ([child for child in row if child in shown] for row in floors(between_children(graph, app)))
    return [[child.rpartition(".")[2] for child in row] for row in rows if row]


def _place(layers: Sequence[Sequence[str]], boxes: Mapping[str, Box], arrows: Mapping[str, set[str]]) -> float:
    """Side by side on each floor; a box is as wide as what it stands on. Returns where the lowest floor ends."""
    ground = sorted(layers[-1], key=lambda name: (_weight(name, layers, arrows), name))
    for row in [*layers[-2::-1], ground]:
        share = (WIDTH - 2 * MARGIN + GAP) / len(row)
        for place, name in enumerate(row):
            carriers = [boxes[each] for each in arrows[name] if each not in layers[-1]]
            left = min((box.left for box in carriers), default=MARGIN + place * share)
            right = max((box.left + box.width for box in carriers), default=left + share - GAP)
            boxes[name].left, boxes[name].width = left, right - left
    top = float(MARGIN)
    for row in [*layers[:-1], ground]:
        for name in row:
            boxes[name].top = top
        tallest = max(boxes[name].needed_height for name in row)
        for name in row:
            boxes[name].height = tallest
        top += tallest + ROW_GAP
    return top


def _weight(name: str, layers: Sequence[Sequence[str]], arrows: Mapping[str, set[str]]) -> float:
    """From left to right on the lowest floor: below those who import it, so that few arrows cross."""
    above = [place for place, other in enumerate(layers[-2]) if name in arrows[other]]
    return sum(above) / len(above) if above else len(layers[-2])


def _arrow(source: Box, target: Box) -> str:
    if source.top == target.top:
        start, end = (source, target) if source.left < target.left else (target, source)
        low = source.top + source.height
        path = f"M{start.middle:.0f} {low:.0f} C{start.middle:.0f} {low + 24:.0f} {end.middle:.0f} {low + 24:.0f}"
        return f'<path class="arrow" d="{path} {end.middle:.0f} {low:.0f}"/>'
    left, right = max(source.left, target.left), min(source.left + source.width, target.left + target.width)
    x = (left + right) / 2 if left < right else source.middle
    low, high = source.top + source.height, target.top - 7
    end = x if target.left <= x <= target.left + target.width else target.middle
    bend = (high - low) / 2
    path = f"M{x:.0f} {low:.0f} C{x:.0f} {low + bend:.0f} {end:.0f} {high - bend:.0f} {end:.0f} {high:.0f}"
    return f'<path class="arrow" marker-end="url(#head)" d="{path}"/>'


def _box(box: Box, *, dashed: bool = False) -> str:
    kind = "box dashed" if dashed else "box"
    parts = [
        f'<rect class="{kind}" x="{box.left:.0f}" y="{box.top:.0f}" width="{box.width:.0f}"'
        f' height="{box.height:.0f}" rx="8"/>',
        f'<text class="name" x="{box.left + 12:.0f}" y="{box.top + 21:.0f}">{escape(box.name)}</text>',
        f'<text class="caption" x="{box.left + 12:.0f}" y="{box.top + 39:.0f}">{escape(CAPTIONS[box.name])}</text>',
    ]
    for number, line in enumerate(box.lines):
        x, y = box.left + 12, box.top + 50 + number * (CHIP + CHIP_GAP)
        for chip in line:
            parts.append(
                f'<rect class="chip" x="{x:.1f}" y="{y:.0f}" width="{_wide(chip):.1f}" height="{CHIP}" rx="4"/>'
                f'<text class="chip-name" x="{x + 8:.1f}" y="{y + 15:.0f}">{escape(chip)}</text>'
            )
            x += _wide(chip) + CHIP_GAP
    return "\n".join(parts)


_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title">
<title id="title">The layers: each app stands above all that it imports</title>
<defs><marker id="head" viewBox="0 0 10 10" refX="5" refY="5" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0 0L10 5L0 10z" fill="#64748b"/></marker></defs>
<style>
.page {{ fill: #ffffff }}
.box {{ fill: #f8fafc; stroke: #94a3b8 }}
.dashed {{ stroke-dasharray: 5 4 }}
.chip {{ fill: #e0e7ff; stroke: #a5b4fc }}
.arrow {{ fill: none; stroke: #64748b; stroke-width: 1.3 }}
text {{ font-family: ui-sans-serif, system-ui, sans-serif; fill: #0f172a }}
.name {{ font-size: 13px; font-weight: 600 }}
.caption {{ font-size: 12px; fill: #475569 }}
.chip-name {{ font: 12px ui-monospace, monospace }}
</style>
<rect class="page" width="{width}" height="{height}"/>"""


def main() -> None:
    PICTURE.write_text(draw(build()), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)} is drawn.")


if __name__ == "__main__":
    main()
