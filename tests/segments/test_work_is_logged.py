"""What evaluations, imports and refreshes write into the log."""

import logging

import pytest
from structlog.contextvars import get_contextvars

from engine.cancellation import run_cancellable
from profiles.databases.refreshing import do_refresh
from profiles.models import ProfileImport
from profiles.tasks import import_profiles
from segments import tasks
from segments.evaluations.lifecycle import start_evaluation
from segments.models import Evaluation, Segment
from tests.support.fixtures_exports import make_source


@pytest.fixture
def written(caplog):
    """What each line says happened, its fields, and what it belongs to, taken as it was written."""
    found = []

    class Listener(logging.Handler):
        def emit(self, record):
            if hasattr(record, "fields"):
                found.append((record.msg, record.fields, dict(get_contextvars())))

    listener, loggers = Listener(), [logging.getLogger(name) for name in ("profiles", "segments")]
    for logger in loggers:
        caplog.set_level(logging.INFO, logger=logger.name)
        logger.addHandler(listener)
    yield found
    for logger in loggers:
        logger.removeHandler(listener)


@pytest.fixture
def segment(transactional_db, tmp_path) -> Segment:
    return Segment.objects.create(name="All", source=make_source(tmp_path), rules={"op": "and", "rules": []})


def test_an_evaluation_is_written_as_it_is_claimed_and_as_it_ends(segment, written):
    written.clear()
    evaluation, _started = start_evaluation(segment, trigger="on_demand")
    tasks.evaluate_segment(evaluation.pk)

    (claimed, fields, belongs_to), (ended, told, _same) = written
    assert (claimed, fields) == ("evaluation claimed", {"attempt": 1, "trigger": "on_demand"})
    assert belongs_to == {"evaluation_id": evaluation.pk, "segment_id": segment.pk}
    assert 0 <= told.pop("seconds") < 60
    assert (ended, told) == ("evaluation ended", {"status": "succeeded", "members": 7})
    assert get_contextvars() == {}


def test_the_reason_of_a_failed_evaluation_is_logged_without_what_the_profiles_hold(segment, written):
    rule = {"attribute": "ann@example.com", "operator": "equals", "value": "x"}
    Segment.objects.filter(pk=segment.pk).update(rules={"op": "and", "rules": [rule]})
    evaluation, _started = start_evaluation(segment, trigger="on_demand")
    tasks.evaluate_segment(evaluation.pk)

    assert Evaluation.objects.get(pk=evaluation.pk).status == "failed"
    what, fields, _belongs_to = written[-1]
    assert (what, fields["status"]) == ("evaluation ended", "failed")
    assert fields["reason"]
    assert "ann@example.com" not in str(written)


def test_an_import_is_written_as_it_is_claimed_and_as_it_ends(written, segment):
    job = ProfileImport.objects.get()
    [(_what, told, belongs_to)] = [each for each in written if each[0] == "import ended"]
    assert (told["status"], told["rows"]) == ("done", 7)
    assert belongs_to == {"import_id": job.pk, "source_id": segment.source_id}

    anew = {"state": "queued", "upload": "uploads/none", "finished_at": None, "claimed_until": None}
    ProfileImport.objects.filter(pk=job.pk).update(**anew)
    import_profiles(job.pk)
    (claimed, _fields, belongs_to), (ended, told, _same) = written[-2:]
    assert (claimed, ended, told["status"]) == ("import claimed", "import ended", "failed")
    assert belongs_to == {"import_id": job.pk, "source_id": segment.source_id}


def test_what_is_done_on_another_thread_belongs_to_the_same_work(segment, written):
    from logs import bound

    with bound(evaluation_id=7):
        seen = run_cancellable(lambda cancellation: dict(get_contextvars()), seconds=10, is_wanted=lambda: True)

    assert seen == {"evaluation_id": 7}


def test_a_refresh_of_a_source_is_written(segment, written, monkeypatch):
    from profiles.databases import refreshing
    from profiles.databases.describing import Description
    from profiles.errors import ProfileError
    from profiles.models import DatabaseAddress

    def wrong(*args):
        raise ProfileError("table_missing", table="t")

    source = segment.source
    DatabaseAddress.objects.create(source=source, table="t")
    for describe, status in ((lambda *args: Description(5, ()), "done"), (wrong, "failed")):
        monkeypatch.setattr(refreshing, "describe_table", describe)
        refreshing.ask_refresh(source)
        do_refresh(refreshing.claim_refresh(source.pk))
        (claimed, _fields, belongs_to), (ended, told, _same) = [each for each in written if "refresh" in each[0]][-2:]
        assert (claimed, ended) == ("refresh of a source claimed", "refresh of a source ended")
        assert (told["status"], belongs_to) == (status, {"source_id": source.pk})
