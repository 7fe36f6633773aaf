"""Who imports whom, as import-linter sees it."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]


def contracts(root: Path = ROOT) -> dict:
    """The part of pyproject.toml that import-linter reads."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]


def build(root: Path = ROOT) -> grimp.ImportGraph:
    """The graph of what is imported when the program runs, without migrations and without imports for types only."""
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    graph = grimp.build_graph(*contracts(root)["root_packages"], cache_dir=None, exclude_type_checking_imports=True)
    for module in graph.modules:
        if ".migrations" in module:
            graph.remove_module(module)
    return graph


def between_children(graph: grimp.ImportGraph, package: str = "") -> dict[str, set[str]]:
    """What each child of a package (a folder or a module; all apps, without one) imports of the other children."""
    depth = package.count(".") + 1 if package else 0
    child_of = {
        module: ".".join(module.split(".")[: depth + 1])
        for module in graph.modules
        if not package or module.startswith(f"{package}.")
    }
    imports: dict[str, set[str]] = {child: set() for child in child_of.values()}
    for module, child in child_of.items():
        for imported in graph.find_modules_directly_imported_by(module):
            if child_of.get(imported, child) != child:
                imports[child].add(child_of[imported])
    return imports


def circles(graph: grimp.ImportGraph) -> list[frozenset[str]]:
    """Every group of neighbours (of apps, of folders and modules of one folder) that import one another in a circle."""
    packages = {"", *(module.rpartition(".")[0] for module in graph.modules)}
    return [group for package in sorted(packages) for group in tangled(between_children(graph, package))]


def tangled(imports: Mapping[str, Iterable[str]]) -> list[frozenset[str]]:
    """The groups within which everybody reaches everybody."""
    reach = {node: _reachable(imports, node) for node in imports}
    groups = {
        frozenset(other for other in reach[node] if node in reach[other]) for node in reach if node in reach[node]
    }
    return sorted(groups, key=sorted)


def floors(imports: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """The children from top to bottom: each above all that it imports. Those of a circle stand on one floor."""
    leader = {node: node for node in imports}
    for group in tangled(imports):
        leader |= dict.fromkeys(group, min(group))
    needs: dict[str, set[str]] = {name: set() for name in leader.values()}
    for node, imported in imports.items():
        needs[leader[node]] |= {leader[name] for name in imported} - {leader[node]}
    height: dict[str, int] = {}
    try:
        for name in TopologicalSorter(needs).static_order():
            height[name] = max((height[each] + 1 for each in needs[name]), default=0)
    except CycleError as error:  # pragma: no cover
        raise AssertionError("circles were put together above") from error
    top = max(height.values(), default=0)
    return [sorted(node for node in imports if height[leader[node]] == level) for level in range(top, -1, -1)]


def without_what_follows(imports: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """Leave out each import that others imply: a → c where a → b → c."""
    return {
        node: {
            target
            for target in targets
            if not any(target in _reachable(imports, other) for other in targets - {target})
        }
        for node, targets in imports.items()
    }


def _reachable(imports: Mapping[str, Iterable[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(imports[start])
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting.extend(imports.get(node, ()))
    return found
