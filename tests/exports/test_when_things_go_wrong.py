"""Each thing that can go wrong becomes a status and a sentence, in one place, and nothing is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from connections.models import Connection
from exports.messages import run_message
from exports.models import Batch, Export, Run
from exports.runs import NotRunnableError, start_run
from segments.models import Segment
from tests.support.fixtures_exports import REACHED, make_segment, on_list, work_once, work_until_over

IMPORT = "POST /v3/activities/contacts_json_import"


def says(run):
    return str(run_message(run.reason, run.reason_details))


@pytest.mark.parametrize("kind", ["503", "html", "empty", "garbage", "500", "429_throttled"])
@pytest.mark.parametrize("match", ["GET /v3/contact_lists/*", IMPORT, "GET /v3/activities/*"])
def test_constant_contact_answers_badly_for_a_while_and_the_run_goes_on(export, sandbox, list_id, bob, kind, match):
    sandbox.fault(match, kind, times=3)
    run = work_until_over(start_run(export, by=bob)[0])
    assert run.status == Run.Status.COMPLETED_WITH_ERRORS
    assert on_list(sandbox, list_id) == REACHED


def test_ten_minutes_of_503_are_waited_for_with_growing_gaps(export, sandbox, list_id, bob):
    sandbox.fault("GET /v3/contact_lists/*", "503", times=1000)
    run = start_run(export, by=bob)[0]
    gaps = []
    for _time in range(10):
        run = work_once(run)
        gaps.append(round((run.resume_at - timezone.now()).total_seconds()))
    assert run.status == Run.Status.WAITING
    assert says(run) == "Constant Contact can't be reached at the moment. Nothing to do: the run goes on by itself."
    assert gaps == sorted(gaps)
    assert sum(gaps) > 600
    sandbox.clear_faults()
    assert work_until_over(run).status == Run.Status.COMPLETED_WITH_ERRORS
    assert on_list(sandbox, list_id) == REACHED


def test_a_used_up_day_parks_the_run_until_midnight_utc(export, sandbox, list_id, bob):
    sandbox.fault(IMPORT, "429_quota")
    run = work_once(start_run(export, by=bob)[0])
    tomorrow = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), datetime.min.time(), UTC)
    assert (run.status, run.reason, run.resume_at) == (Run.Status.WAITING, "quota_exceeded", tomorrow)
    assert [batch.state for batch in run.batches.all()] == [Batch.State.PENDING]


def test_a_list_deleted_between_save_and_run_fails_before_anything_is_sent(export, sandbox, list_id, bob):
    sandbox.delete_list(list_id)
    run = work_until_over(start_run(export, by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.FAILED, "list_gone")
    assert "Edit the export and choose another list." in says(run)
    assert sandbox.stats()["imports"] == 0


def test_list_deleted_while_the_job_runs_fails_the_run_with_its_name(export, sandbox, list_id, bob):
    sandbox.switch(job_seconds=60)
    run = work_once(start_run(export, by=bob)[0])
    sandbox.delete_list(list_id)
    sandbox.advance(120)
    run = work_until_over(run)
    assert (run.status, run.reason) == (Run.Status.FAILED, "list_gone")
    assert [batch.state for batch in run.batches.all()] == [Batch.State.UNKNOWN]


def test_a_token_revoked_in_mid_run_asks_for_reconnecting(export, sandbox, connection, bob):
    sandbox.switch(job_seconds=60)
    run = work_once(start_run(export, by=bob)[0])
    sandbox.revoke()
    sandbox.expire_access_tokens()
    run = work_until_over(run)
    connection.refresh_from_db()
    assert (run.status, run.reason) == (Run.Status.FAILED, "reconnect")
    assert connection.state == Connection.State.NEEDS_RECONNECTING
    with pytest.raises(NotRunnableError, match="reconnect it under Connections"):
        start_run(Export.objects.get(pk=export.pk), by=bob)


def test_an_access_token_that_expires_in_mid_run_is_refreshed(export, sandbox, list_id, bob):
    sandbox.switch(job_seconds=60)
    run = work_once(start_run(export, by=bob)[0])
    sandbox.expire_access_tokens()
    sandbox.advance(120)
    assert work_until_over(run).status == Run.Status.COMPLETED_WITH_ERRORS
    assert on_list(sandbox, list_id) == REACHED


def test_missing_privilege_is_shown_with_what_to_do(export, sandbox, bob):
    sandbox.set_privileges(remove=["contacts:write"])
    run = work_until_over(start_run(export, by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.FAILED, "forbidden")


def test_a_segment_that_no_longer_exists_is_named(export, bob):
    run = start_run(export, by=bob)[0]
    export.segments.clear()
    Segment.objects.all().delete()
    run = work_until_over(run)
    assert (run.status, run.reason) == (Run.Status.FAILED, "segment_gone")
    assert "“France”" in says(run)


def test_a_source_whose_file_is_gone_skips_the_run(export, source, bob):
    from django.core.files.storage import default_storage

    default_storage.delete(source.snapshot)
    run = work_until_over(start_run(export, by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.SKIPPED, "segment")
    assert says(run)


def test_an_attribute_that_the_source_no_longer_has_is_named(export, bob):
    Export.objects.filter(pk=export.pk).update(mapping={"email": "e_mail"})
    run = work_until_over(start_run(Export.objects.get(pk=export.pk), by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.FAILED, "segment")
    assert "e_mail" in says(run)


def test_a_connection_detached_while_the_run_is_open_stops_it(export, sandbox, bob):
    sandbox.switch(job_seconds=60)
    run = work_once(start_run(export, by=bob)[0])
    Export.objects.filter(pk=export.pk).update(connection=None)
    run = work_until_over(run)
    assert (run.status, run.reason) == (Run.Status.FAILED, "detached_while_open")


def test_a_connection_that_is_no_longer_shared_lets_the_open_run_end(export, connection, list_id, sandbox, bob):
    run = start_run(export, by=bob)[0]
    Connection.objects.filter(pk=connection.pk).update(sharing=Connection.Sharing.ADMINISTRATORS)
    assert work_until_over(run).status == Run.Status.COMPLETED_WITH_ERRORS
    assert on_list(sandbox, list_id) == REACHED


def test_an_export_user_who_left_fails_the_run_with_a_sentence(export, alice, sandbox, bob):
    run = start_run(export, by=bob)[0]
    alice.is_active = False
    alice.save()
    run = work_until_over(run)
    assert (run.status, run.reason) == (Run.Status.FAILED, "export_user_inactive")
    assert "no longer active" in says(run)
    assert sandbox.stats()["imports"] == 0


def test_an_export_on_another_account_than_its_list_is_refused(export, connection, bob):
    Connection.objects.filter(pk=connection.pk).update(account_id="another")
    with pytest.raises(NotRunnableError, match="another Constant Contact account"):
        start_run(Export.objects.get(pk=export.pk), by=bob)


def test_a_detached_export_is_refused(export, bob):
    export.connection = None
    export.save()
    with pytest.raises(NotRunnableError, match="no connection"):
        start_run(export, by=bob)


def test_an_unexpected_error_ends_the_run_with_a_sentence_and_stays_loud(export, bob, monkeypatch):
    run = start_run(export, by=bob)[0]
    mapping = {"email": "email", "no_such_field": "first_name"}
    Run.objects.filter(pk=run.pk).update(configuration={**run.configuration, "mapping": mapping})
    with pytest.raises(Exception, match="no_such_field"):
        work_until_over(run)
    run.refresh_from_db()
    assert (run.status, run.reason) == (Run.Status.FAILED, "unexpected")


def test_a_run_whose_plan_file_is_gone_says_so(export, sandbox, bob):
    from engine.files import discard

    sandbox.fault(IMPORT, "503")  # the list is looked at before the plan is made
    run = work_once(start_run(export, by=bob)[0])
    assert (run.status, run.stage) == (Run.Status.WAITING, Run.Stage.SEND)
    discard(run.plan_file)
    assert (work_until_over(run).reason) == "plan_damaged"


def test_the_wrong_encryption_key_is_no_bearer_token(export, sandbox, settings, bob):
    from cryptography.fernet import Fernet

    run = start_run(export, by=bob)[0]
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    try:
        run = work_until_over(run)
    except Exception:
        run.refresh_from_db()
    assert run.status == Run.Status.FAILED
    assert sandbox.stats()["imports"] == 0


def test_nobody_keeps_trying_for_ever(export, sandbox, bob):
    sandbox.fault("GET /v3/contact_lists/*", "503", times=1000)
    run = work_until_over(start_run(export, by=bob)[0], most=80)
    assert (run.status, run.reason) == (Run.Status.FAILED, "gave_up")


def test_two_segments_of_sources_of_which_one_lacks_an_attribute(export, bob, tmp_path):
    from tests.support.fixtures_exports import make_source

    other = make_source(tmp_path, [{"id": "1", "email": "z@example.com"}], name="Other")
    export.segments.add(make_segment(other, "Other", []))
    run = work_until_over(start_run(export, by=bob)[0])
    assert (run.status, run.reason) == (Run.Status.FAILED, "segment")
