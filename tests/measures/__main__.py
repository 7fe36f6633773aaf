"""`python -m tests.measures`: prints the numbers of this source, or with --root of another copy of it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from .imports import ROOT, build, circles
from .run_now import run_now
from .source import full_folders, odd_sizes, product_lines, used_once


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.measures", description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="a copy of the source, also an older one")
    parser.add_argument("--only", choices=sorted(MEASURES), help="this one alone")
    options = parser.parse_args()
    for name, measure in MEASURES.items():
        if options.only in (None, name):
            print(measure(options.root.resolve()), flush=True)


def _circles(root: Path) -> str:
    found = circles(build(root))
    text = f"Circles of imports: {len(found)}"
    return "\n".join([text, *(f"    {' ↔ '.join(sorted(group))}" for group in found)])


MEASURES: dict[str, Callable[[Path], str]] = {
    "lines": product_lines,
    "once": used_once,
    "folders": full_folders,
    "modules": lambda root: odd_sizes(root, build(root)),
    "circles": _circles,
    "run-now": run_now,  # the last one: it loads the product
}

if __name__ == "__main__":
    main()
