"""One event is one line, with the fields of the work it belongs to."""

import logging
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logs import begin_task, bound, event, in_this_context
from logs.lines import LineFormatter, LineHandler

anything = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def test_a_line_of_text_is_keys_and_values(lines):
    with bound(run_id=7):
        event(lines.logger, "stage ended", stage="send", seconds=1.5, until=None)

    assert re.fullmatch(
        r'timestamp=\d{4}-\d\d-\d\dT[\d:.]+Z level=info logger=tests.own event="stage ended" '
        r"run_id=7 stage=send seconds=1.5\n",
        lines.text,
    )


def test_a_line_of_json_has_the_same_fields_with_their_types(json_lines):
    with bound(run_id=7, request_id="abc"):
        event(json_lines.logger, "stage ended", seconds=1.5, done=True)

    [line] = json_lines.read()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "stage ended", "level": "info", "logger": "tests.own",
        "run_id": 7, "request_id": "abc", "seconds": 1.5, "done": True,
    }  # fmt: skip


def test_lines_of_other_libraries_come_out_the_same(json_lines):
    json_lines.logger.warning("read %d of %s", 3, "rows", extra={"params": ["ann"]})

    [line] = json_lines.read()
    assert (line["event"], line["level"]) == ("read 3 of rows", "warning")
    assert "params" not in line  # what they add may hold anything


@pytest.mark.parametrize("style", ["lines", "json_lines"])
def test_a_traceback_is_part_of_its_line(style, request):
    written = request.getfixturevalue(style)
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        written.logger.exception("It broke")

    assert written.text.count("\n") == 1
    assert "Traceback" in written.text
    assert "second" in written.text


def test_what_a_block_bound_is_gone_after_it(json_lines):
    with bound(run_id=7):
        with bound(run_id=8, stage="plan"):
            event(json_lines.logger, "inner")
        event(json_lines.logger, "outer")
    event(json_lines.logger, "after")

    inner, outer, after = json_lines.read()
    assert (inner["run_id"], inner["stage"]) == (8, "plan")
    assert (outer["run_id"], "stage" in outer) == (7, False)
    assert "run_id" not in after


def test_two_threads_do_not_mix_what_they_bound(json_lines):
    together = threading.Barrier(2, timeout=10)

    def work(run_id: int) -> None:
        with bound(run_id=run_id):
            together.wait()
            event(json_lines.logger, "begun", of=run_id)
            together.wait()
        event(json_lines.logger, "after", of=run_id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, [1, 2]))

    read = json_lines.read()
    assert {(line["of"], line["run_id"]) for line in read if line["event"] == "begun"} == {(1, 1), (2, 2)}
    assert all("run_id" not in line for line in read if line["event"] == "after")


def test_a_part_on_another_thread_carries_what_its_starter_carries(json_lines):
    with bound(run_id=7), ThreadPoolExecutor(1) as pool:
        pool.submit(in_this_context(event), json_lines.logger, "there").result()
        pool.submit(event, json_lines.logger, "alone").result()

    there, alone = json_lines.read()
    assert there["run_id"] == 7
    assert "run_id" not in alone


def test_the_next_task_of_a_worker_has_nothing_of_the_one_before(json_lines):
    begin_task({"id": "a" * 32})
    block = bound(run_id=7)
    block.__enter__()  # and never left, as when a task is stopped by the queue
    begin_task({"id": "b" * 32})
    event(json_lines.logger, "next")
    begin_task()
    event(json_lines.logger, "none")

    following, none = json_lines.read()
    assert ("run_id" in following, following["task_id"]) == (False, "b" * 32)
    assert "task_id" not in none


def test_a_line_that_cannot_be_made_says_so_without_its_arguments(lines, capsys):
    lines.logger.info("%d profiles of %s", "many", "ann@example.com")

    assert (
        lines.text
        == 'level=error event="a log line could not be written" '
        + (re.search(r"logger=tests\.own line=\d+ error=TypeError\n", lines.text)[0])
    )
    assert "ann" not in capsys.readouterr().err


@anything
@given(what=st.text(), name=st.text(min_size=1), value=st.text() | st.floats() | st.integers() | st.none())
def test_whatever_is_written_is_one_line_that_can_be_read(lines, json_lines, what, name, value):
    for written in (lines, json_lines):
        written.forget()
        written.logger.error("%s", what, extra={"fields": {f"x{name}": value}})
        assert len(written.text.splitlines()) == 1
        written.text.encode()
    assert json_lines.read()


def test_every_logger_of_the_application_writes_such_lines():
    every = [logging.root, *(each for each in logging.root.manager.loggerDict.values() if hasattr(each, "handlers"))]
    handlers = [handler for logger in every for handler in logger.handlers]
    ours = [handler for handler in handlers if type(handler).__module__.split(".")[0] != "_pytest"]

    assert LineHandler in {type(handler) for handler in ours}
    assert {type(handler) for handler in ours} <= {LineHandler, logging.NullHandler}
    assert all(isinstance(each.formatter, LineFormatter) for each in ours if isinstance(each, LineHandler))
