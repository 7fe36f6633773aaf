import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from logs.lines import LineFormatter, LineHandler


class Lines:
    """What a logger of the test's own wrote."""

    def __init__(self, style: str) -> None:
        self._stream = io.StringIO()
        handler = LineHandler(self._stream)
        handler.setFormatter(LineFormatter(style))
        self.logger = logging.Logger("tests.own")  # noqa: LOG001  nobody else hears it
        self.logger.addHandler(handler)

    def forget(self) -> None:
        self._stream.seek(0)
        self._stream.truncate()

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def read(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def lines() -> Iterator[Lines]:
    return Lines("text")


@pytest.fixture
def json_lines() -> Iterator[Lines]:
    return Lines("json")
