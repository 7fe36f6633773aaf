"""Whoever lets the database refuse something looks at what it refused: anything else is raised, and nothing loops."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from ccexport.alerts import store
from ccexport.models import Incident
from connections.export_users import ReplacedMeanwhileError, become_export_user
from connections.models import ExportUser
from exports.models import Batch, Refresh, Run
from exports.runs import claim_run, send_planned, start_run, take_list
from exports.schedule.refresh import start_refresh
from jobs.constraints import is_repeated, violates
from profiles.errors import ImportRefusedError
from profiles.imports import lifecycle as imports_lifecycle
from profiles.models import ProfileImport
from segments.evaluations import lifecycle as evaluations_lifecycle
from segments.models import Evaluation, Segment
from tests.support.fixtures_exports import work_once


def refused(change) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        change()
    return caught.value


@pytest.fixture
def another_rule():
    """Refuse rows of a table for a reason of which the code knows nothing."""

    def add(table: str, column: str) -> None:
        """No second row with the same value in `column`, whatever becomes of the first."""
        connection.check_constraints()  # PostgreSQL makes no index while checks of the test's rows are put off
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE UNIQUE INDEX another_rule ON {table} ({column})")

    return add


def test_a_unique_constraint_is_known_by_its_name(export, alice):
    start_run(export, by=alice)
    error = refused(lambda: Run.objects.create(export=export, trigger="command"))
    assert violates(error, Run, "one_open_run_per_export")
    assert not violates(error, Run, "one_open_run_sends_to_a_list")
    assert not violates(error, Run, "finished_at_set_iff_over")
    assert not violates(error, Evaluation, "one_open_evaluation_per_segment")


def test_one_of_several_columns_too(export, alice):
    run = start_run(export, by=alice)[0]
    Batch.objects.create(run=run, number=1, rows=1, body_bytes=1, activity_id="a")
    error = refused(lambda: Batch.objects.create(run=run, number=1, rows=1, body_bytes=1))
    assert violates(error, Batch, "one_batch_per_number")
    assert not violates(error, Batch, "one_batch_per_activity")
    error = refused(lambda: Batch.objects.create(run=run, number=2, rows=1, body_bytes=1, activity_id="a"))
    assert violates(error, Batch, "one_batch_per_activity")
    assert not violates(error, Batch, "one_batch_per_number")


def test_a_check_is_known_by_its_name(export):
    error = refused(lambda: Run.objects.create(export=export, trigger="command", finished_at=timezone.now()))
    assert violates(error, Run, "finished_at_set_iff_over")
    assert not violates(error, Run, "one_open_run_per_export")


def test_what_is_missing_is_no_constraint_of_ours(export):
    error = refused(lambda: Run.objects.create(export=export, trigger=None))
    for constraint in Run._meta.constraints:
        assert not violates(error, Run, constraint.name)
    assert not is_repeated(error, Run, "export")


def test_values_that_are_there_already_are_known_by_their_columns(source, connection, alice):
    Segment.objects.create(name="France's = (best)", source=source)
    error = refused(lambda: Segment.objects.create(name="France's = (best)", source=source))
    assert is_repeated(error, Segment, "name")
    assert not is_repeated(error, Segment, "source")
    error = refused(lambda: ExportUser.objects.create(connection=connection, user=alice, confirmed_at=timezone.now()))
    assert is_repeated(error, ExportUser, "connection")


# Each place


def test_a_run_that_the_database_refuses_for_another_reason_is_not_tried_for_ever(export, alice, another_rule):
    Run.objects.create(export=export, trigger="command", status="failed", finished_at=timezone.now(), everyone=True)
    another_rule("exports_run", "everyone")
    with pytest.raises(IntegrityError):
        start_run(export, by=alice, everyone=True)


def test_a_run_that_never_stops_being_refused_is_raised(export, alice, another_rule):
    """The same columns as those of the rule that is known: each time nothing is open, and it is refused again."""
    Run.objects.create(export=export, trigger="command", status="failed", finished_at=timezone.now())
    another_rule("exports_run", "export_id")
    with pytest.raises(IntegrityError):
        start_run(export, by=alice)


def test_a_plan_beside_an_open_run_leads_to_that_one(export, alice):
    preview = start_run(export, by=alice, trigger="preview", preview=True)[0]
    work_once(preview)
    assert preview.status == Run.Status.PLANNED
    run = start_run(export, by=alice)[0]
    assert send_planned(preview, by=alice) == (run, False)


def test_a_list_that_is_refused_for_another_reason_is_not_called_in_use(export, alice, another_rule):
    run = claim_run(start_run(export, by=alice)[0].pk)
    other = Run.objects.create(export=export, trigger="command", status="failed", finished_at=timezone.now())
    another_rule("exports_run", "list_taken, trigger")
    Run.objects.filter(pk=other.pk).update(list_taken=f"{export.list_account_id}/{export.list_id}", trigger=run.trigger)
    with pytest.raises(IntegrityError):
        take_list(run)


def test_a_refresh_that_is_refused_for_another_reason_is_not_tried_for_ever(db, another_rule):
    Refresh.objects.create(trigger="scheduled", status="succeeded", finished_at=timezone.now())
    another_rule("exports_refresh", "trigger")
    with pytest.raises(IntegrityError):
        start_refresh(by=None, trigger="scheduled")


@pytest.mark.parametrize("column", ["trigger", "segment_id"])
def test_an_evaluation_that_is_refused_for_another_reason_is_not_tried_for_ever(source, another_rule, column):
    segment = Segment.objects.create(name="France", source=source)
    Evaluation.objects.create(segment=segment, trigger="run", status="succeeded", finished_at=timezone.now())
    another_rule("segments_evaluation", column)
    with pytest.raises(IntegrityError):
        evaluations_lifecycle.start_evaluation(segment, trigger="run")


def test_an_import_that_is_refused_for_another_reason_is_not_shown_as_under_way(source, tmp_path, another_rule):
    another_rule("segments_profileimport", "file_name")
    path = tmp_path / ProfileImport.objects.get().file_name
    path.write_text("id\n1\n")
    with pytest.raises(IntegrityError):
        imports_lifecycle.import_now(source, path, key="id", updated="")


def test_an_import_beside_another_is_refused_with_a_sentence(source, tmp_path):
    ProfileImport.objects.create(source=source, file_name="a.csv")
    with pytest.raises(ImportRefusedError, match="right now"):
        imports_lifecycle.import_now(source, tmp_path / "people.csv", key="id", updated="")


def test_an_alert_that_is_refused_for_another_reason_is_raised(db, another_rule):
    Incident.objects.create(kind=Incident.Kind.LATE, subject="export:1", closed_at=timezone.now())
    another_rule("ccexport_trouble", "subject")
    with pytest.raises(IntegrityError):
        store.open_incident(Incident.Kind.RUN_FAILED, "export:1")


def test_an_export_user_beside_another_was_replaced_and_anything_else_is_raised(connection, alice, another_rule):
    with pytest.raises(ReplacedMeanwhileError):
        become_export_user(connection, alice, instead_of=None)
    kept = ExportUser.objects.get()
    other = type(connection).objects.create(display_name="Other", created_by=alice)
    another_rule("connections_exportuser", "user_id")
    with pytest.raises(IntegrityError):
        become_export_user(other, kept.user, instead_of=None)
