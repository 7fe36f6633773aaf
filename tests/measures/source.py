"""What the source itself says: its lines, its small functions, its folders and modules. Nothing of it is run."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import grimp

MOST_FILES, MOST_LINES, FEWEST_LINES = 16, 300, 25


def python_files(root: Path, *folders: str) -> list[Path]:
    """The Python files of the named folders, or of all packages at the top but tests; no migrations."""
    names = folders or tuple(
        init.parent.name for init in sorted(root.glob("*/__init__.py")) if init.parent.name != "tests"
    )
    found = (path for name in names for path in (root / name).rglob("*.py"))
    return sorted(path for path in found if "migrations" not in path.parts)


def product_lines(root: Path) -> str:
    """Lines of Python as `wc -l` counts them: comments, docstrings and blank lines too."""
    by_package = Counter[str]()
    for path in python_files(root):
        by_package[path.relative_to(root).parts[0]] += _lines(path)
    beside = by_package["bench"] + by_package["sandbox"]
    table = ", ".join(f"{name} {count:,}" for name, count in sorted(by_package.items(), key=lambda pair: -pair[1]))
    return f"Product lines: {by_package.total() - beside:,}, beside {beside:,} of bench and sandbox ({table})"


def used_once(root: Path, *, shown: int = 10) -> str:
    """Private functions and methods that their module names exactly once, per 1,000 lines."""
    found, lines = [], 0
    for path in python_files(root):
        if path.relative_to(root).parts[0] in {"bench", "sandbox"}:
            continue
        lines += _lines(path)
        found += [(path, *each) for each in _private_functions(path)]
    short = [each for each in found if each[2] <= 5]
    text = (
        f"Private functions used once: {1000 * len(found) / lines:.1f} per 1,000 lines ({len(found)}), "
        f"of them {len(short)} of five lines or less"
    )
    modules = Counter(str(path.relative_to(root)) for path, _name, _size in short).most_common(shown)
    return "\n".join([text, *(f"    {count:3} short ones in {module}" for module, count in modules)])


def _private_functions(path: Path) -> Iterator[tuple[str, int]]:
    """Name and number of lines (without signature and docstring) of each that is used once."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    uses = Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.Attribute)
    )
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.decorator_list:
            continue
        if node.name.startswith("_") and not node.name.startswith("__") and uses[node.name] == 1:
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            yield node.name, (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def full_folders(root: Path) -> str:
    """Folders with more Python files than one takes in at a glance."""
    count = Counter(path.parent for path in python_files(root) if path.name != "__init__.py")
    full = [(number, folder) for folder, number in count.items() if number > MOST_FILES]
    text = f"Folders with more than {MOST_FILES} Python files: {len(full)}"
    return "\n".join(
        [text, *(f"    {number:3} in {folder.relative_to(root)}/" for number, folder in sorted(full)[::-1])]
    )


def odd_sizes(root: Path, graph: grimp.ImportGraph) -> str:
    """Modules that are long, and short ones that one other module alone imports: it could hold them."""
    long, short = [], []
    for path in python_files(root):
        name, lines = ".".join(path.relative_to(root).with_suffix("").parts), _lines(path)
        if lines > MOST_LINES:
            long.append(f"    {lines:3} lines: {path.relative_to(root)}")
        elif lines < FEWEST_LINES and path.name != "__init__.py" and name in graph.modules:
            importers = graph.find_modules_that_directly_import(name)
            if len(importers) == 1:
                short.append(f"    {lines:3} lines: {path.relative_to(root)}, for {next(iter(importers))} alone")
    texts = (
        [f"Modules of more than {MOST_LINES} lines: {len(long)}", *sorted(long, reverse=True)],
        [f"Modules of less than {FEWEST_LINES} lines that one module alone imports: {len(short)}", *sorted(short)],
    )
    return "\n".join(line for lines in texts for line in lines)


def _lines(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")
