"""Two exports to one list take turns."""

from exports.messages import run_message
from exports.models import Run
from exports.runs import cancel_run, start_run
from segments.models import Segment
from tests.support.fixtures_exports import make_export, work_once, work_until_over


def test_the_second_export_to_a_list_waits_and_says_for_whom(export, connection, list_id, bob, sandbox):
    sandbox.switch(job_seconds=60)
    other = make_export(connection, list_id, Segment.objects.get(), name="Other")
    first = work_once(start_run(export, by=bob)[0])
    second = work_once(start_run(other, by=bob)[0])
    assert (second.status, second.reason, second.stage) == (Run.Status.WAITING, "list_in_use", Run.Stage.READ)
    assert "waits for “Newsletter”" in str(run_message(second.reason, second.reason_details))
    assert sandbox.stats()["imports"] == 1
    sandbox.advance(120)
    work_until_over(first)
    sandbox.advance(120)
    work_once(second)
    assert second.reason == "reading_list"
    sandbox.advance(120)
    work_once(second)
    assert sandbox.stats()["imports"] == 2


def test_waiting_for_a_list_is_not_trying_in_vain(export, connection, list_id, bob, sandbox):
    sandbox.switch(job_seconds=60)
    other = make_export(connection, list_id, Segment.objects.get(), name="Other")
    work_once(start_run(export, by=bob)[0])
    second = start_run(other, by=bob)[0]
    for _time in range(3):
        work_once(second)
    assert second.attempts == 0


def test_exports_to_two_lists_do_not_wait_for_each_other(export, connection, bob, sandbox):
    sandbox.switch(job_seconds=60)
    other = make_export(connection, sandbox.add_list("Another"), Segment.objects.get(), name="Other")
    work_once(start_run(export, by=bob)[0])
    assert work_once(start_run(other, by=bob)[0]).reason == "importing"


def test_a_preview_waits_for_nobody_and_keeps_nobody_waiting(export, connection, list_id, bob, sandbox):
    sandbox.switch(job_seconds=60)
    other = make_export(connection, list_id, Segment.objects.get(), name="Other")
    work_once(start_run(export, by=bob)[0])
    assert work_once(start_run(other, by=bob, trigger="preview", preview=True)[0]).status == Run.Status.PLANNED


def test_one_that_waits_can_be_cancelled(export, connection, list_id, bob, sandbox):
    sandbox.switch(job_seconds=60)
    other = make_export(connection, list_id, Segment.objects.get(), name="Other")
    work_once(start_run(export, by=bob)[0])
    second = work_once(start_run(other, by=bob)[0])
    cancel_run(second, by=bob)
    assert work_once(second).status == Run.Status.CANCELLED
