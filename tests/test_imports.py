"""Imports run one way: between apps, and between the folders and modules of each app."""

from tests.measures.imports import build, circles

# Circles of before, to be broken: this list only ever gets shorter.
KNOWN = {
    frozenset({"ccexport.alerts", "ccexport.status"}),
    frozenset({"exports.pipeline", "exports.reports"}),
    frozenset(
        f"exports.{name}"
        for name in (
            *(
                "baseline",
                "configuration",
                "destination",
                "inputs",
                "models",
                "outdated",
                "overlaps",
                "plan",
                "run_log",
            ),
            *("runnable", "runs", "schedule"),
        )
    ),
    frozenset({"profiles.databases", "profiles.imports", "profiles.models", "profiles.snapshots"}),
}


def test_nothing_imports_in_a_circle():
    found = set(circles(build()))
    grown = {group for group in found if not any(group <= known for known in KNOWN)}
    assert [sorted(group) for group in grown] == []


def test_list_of_known_circles_is_not_longer_than_needed():
    found = set(circles(build()))
    assert [sorted(known) for known in KNOWN if not any(group <= known for group in found)] == []
