"""What `make measures` counts."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.measures.imports import ROOT, floors, tangled, without_what_follows
from tests.measures.source import full_folders, product_lines, used_once

MODULE = """
def _once(): return 1
def _twice(): return 2
def shown(): return _once() + _twice() + _twice()
class Shop:
    def _sell(self): return self._weigh()
    def _weigh(self): return shown()
    def sell(self): return self._sell(), self._weigh()
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for name in ("shop", "tests", "bench"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "shop" / "till.py").write_text(MODULE)
    return tmp_path


def test_private_functions_that_are_used_once_are_counted(source):
    assert used_once(source).startswith("Private functions used once: 250.0 per 1,000 lines (2), of them 2 of five")


def test_lines_are_those_of_the_product(source):
    (source / "tests" / "test_till.py").write_text(MODULE)
    (source / "bench" / "till.py").write_text(MODULE)
    assert product_lines(source).startswith("Product lines: 8, beside 8 of bench and sandbox")


def test_folder_is_full_with_seventeen_modules(source):
    for number in range(16):
        (source / "shop" / f"shelf_{number}.py").touch()
    assert "17 in shop/" in full_folders(source)
    (source / "shop" / "shelf_1.py").unlink()
    assert "shop" not in full_folders(source)


def test_circle_stands_on_one_floor():
    imports = {"pages": {"runs"}, "runs": {"plan", "models"}, "plan": {"runs"}, "models": set()}
    assert tangled(imports) == [frozenset({"plan", "runs"})]
    assert floors(imports) == [["pages"], ["plan", "runs"], ["models"]]


def test_arrow_that_follows_from_others_is_left_out():
    assert without_what_follows({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_run_now_is_followed_through_our_files():
    command = [sys.executable, "-m", "tests.measures", "--only", "run-now"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300).stdout
    files = re.search(r"enters (\d+) files for the click, and (\d+) for the worker's first turn", printed)
    assert files is not None, printed
    assert int(files[1]) > 5
    assert int(files[2]) > 20
