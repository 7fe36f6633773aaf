"""Imports run one way: between apps, and between the folders and modules of each app."""

from tests.measures.imports import build, circles


def test_nothing_imports_in_a_circle():
    assert [sorted(group) for group in circles(build())] == []
