"""Fixtures: one sandbox process per test process, back at its start for every test."""

from collections.abc import Iterator

import pytest

from tests.support.sandbox import Sandbox


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    running = Sandbox().start()
    yield running
    running.stop()


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """Constant Contact over real HTTP: jobs end at the next read, no limits, two accounts with empty lists."""
    sandbox_process.reset()
    return sandbox_process
