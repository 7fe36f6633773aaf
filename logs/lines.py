"""One event, one line: key=value, or JSON. Made with structlog, so that lines of every library come out the same."""

from __future__ import annotations

import logging
import math
import re
import sys
from contextlib import suppress
from typing import Any

from structlog.contextvars import merge_contextvars
from structlog.processors import JSONRenderer, LogfmtRenderer, StackInfoRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name

from .events import FIELDS
from .redaction import SECRET, is_sensitive, redacted

FORMATS = ("text", "json")
_ORDER = ["timestamp", "level", "logger", "event"]
# Checked where they come in, and needed whole to be found again.
_IDS = {"request_id", "run_id", "task_id"}
_TEXT = LogfmtRenderer(key_order=_ORDER, drop_missing=True, bool_as_flag=False)
_JSON = JSONRenderer(ensure_ascii=False)
# What would end a line or move the cursor; both renderers take care of \n themselves.
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class LineFormatter(ProcessorFormatter):
    """A record as one line. `style` is one of FORMATS."""

    def __init__(self, style: str = "text") -> None:
        render = _JSON if style == "json" else _TEXT
        super().__init__(
            foreign_pre_chain=[
                merge_contextvars,
                lambda _logger, _method, line: {**line, **getattr(line["_record"], FIELDS, {})},
                add_log_level,
                add_logger_name,
                TimeStamper(fmt="iso", utc=True),
                StackInfoRenderer(),
                format_exc_info,
            ],
            processors=[ProcessorFormatter.remove_processors_meta, _make_safe, render],
        )


class LineHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes lines to standard error. One that can't be made is said to be missing: the standard handler would print
    its raw arguments instead."""

    def handleError(self, record: logging.LogRecord) -> None:
        kind = sys.exc_info()[0]
        lost = f"logger={record.name} line={record.lineno} error={kind.__name__ if kind else ''}"
        with suppress(OSError, ValueError):  # nobody reads standard error any more
            self.stream.write(f'level=error event="a log line could not be written" {lost}\n')


def _make_safe(logger: Any, method: str, line: Any) -> dict[str, Any]:
    """Take out secrets before the line is put together, where no quoting hides them."""
    return {re.sub(r"[^\w.-]", "_", str(name)): _safe_value(str(name), value) for name, value in line.items()}


def _safe_value(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if is_sensitive(name):
        return SECRET
    text = str(value) if name in _IDS or name == "timestamp" else redacted(str(value))
    text = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
    return text.encode("utf-8", "backslashreplace").decode()
