"""The outage table, one kind of fault after the other. Slow: `pytest -m slow`, or `make outages` for the table."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.outage.workers import ROOT

KINDS = [path.stem for path in sorted((Path(__file__).parent / "faults").glob("[!_]*.py"))]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shown_after_an_outage_is_true(kind):
    done = subprocess.run(
        [sys.executable, "-m", "tests.outage"],
        cwd=ROOT,
        env={**os.environ, "ONLY": kind},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
