"""Two administrators take the role from each other at the same moment: one always remains."""

import json

import pytest


@pytest.mark.parametrize("way", ["give_role", "remove", "form"])
def test_one_administrator_always_remains(way, processes):
    output, errors = processes.start("tests.ccexport.leave_together", way, "12").communicate(timeout=60)

    assert output, errors
    assert json.loads(output.splitlines()[-1]) == [1] * 12
