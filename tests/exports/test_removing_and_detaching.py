"""Taking an export or its connection away, from the export's pages and from the connection's."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from connections import dependents, editing
from connections.models import Connection
from connections.signals import account_changed
from exports.editing.removal import RunInProgressError, detach, remove_export
from exports.models import Export, Run
from exports.runs import NotRunnableError, check_runnable, start_run
from tests.exports.pages import plain_export, sentences
from tests.support.fixtures_exports import api_calls, work_until_over

LIST = "559a8e62-ae55-44cf-9c9c-c976ca9904ab"


def page_of(name: str, export: Export) -> str:
    return reverse(f"admin:exports_export_{name}", args=[export.pk])


def test_removing_asks_first(alice_client, connection):
    export = plain_export(connection, LIST)
    assert "Remove “Newsletter”?" in alice_client.get(page_of("delete", export)).content.decode()
    assert Export.objects.exists()
    assert "was removed" in sentences(alice_client.post(page_of("delete", export), follow=True))
    assert not Export.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_runs_and_their_plans_go_with_the_export(connection):
    export = plain_export(connection, LIST)
    plan = default_storage.save("plans/1.parquet", ContentFile(b"people"))
    Run.objects.create(export=export, trigger="on_demand", status="planned", plan_file=plan)
    remove_export(export)
    assert not Run.objects.exists()
    assert not default_storage.exists(plan)


def test_an_export_that_runs_is_not_removed(alice_client, connection):
    export = plain_export(connection, LIST)
    Run.objects.create(export=export, trigger="on_demand")
    with pytest.raises(RunInProgressError):
        remove_export(export)
    assert "Cancel it and wait" in sentences(alice_client.post(page_of("delete", export), follow=True))
    assert Export.objects.exists()


def test_removing_twice_is_no_error(connection):
    export = plain_export(connection, LIST)
    same = Export.objects.get(pk=export.pk)
    remove_export(export)
    remove_export(same)


def test_only_administrators_detach(alice_client, bob_client, connection):
    Connection.objects.filter(pk=connection.pk).update(sharing="contributors")
    export = plain_export(connection, LIST)
    assert bob_client.post(page_of("detach", export)).status_code == 403
    assert "Detach the connection from" in alice_client.get(page_of("detach", export)).content.decode()
    export.refresh_from_db()
    assert export.connection == connection
    assert "it keeps its settings and does not run" in sentences(
        alice_client.post(page_of("detach", export), follow=True)
    )
    export.refresh_from_db()
    assert (export.connection, export.list_id) == (None, LIST)


def test_a_detached_export_is_for_administrators(bob_client, connection):
    Connection.objects.filter(pk=connection.pk).update(sharing="contributors")
    export = plain_export(None, LIST)
    assert "Close" in bob_client.get(page_of("change", export)).content.decode()
    assert bob_client.post(page_of("run_now", export)).status_code == 403


def test_detaching_stops_a_run_in_progress(export, sandbox, alice):
    run = start_run(export, by=alice)[0]
    assert detach(export, by=alice)
    run = work_until_over(run)
    assert (run.status, run.reason) == (Run.Status.FAILED, "detached_while_open")
    assert sandbox.stats()["imports"] == 0


def test_detaching_twice_is_no_error(connection, alice):
    export = plain_export(connection, LIST)
    assert detach(export, by=alice)
    assert not detach(export, by=alice)


def test_a_connection_names_the_exports_that_use_it(connection):
    export = plain_export(connection, LIST)
    plain_export(None, LIST, "Detached")
    (dependent,) = dependents.of(connection)
    assert (dependent.name, dependent.url) == ("Newsletter", page_of("change", export))
    with pytest.raises(editing.InUseError):
        editing.remove(connection)


def test_a_run_in_progress_is_noted_where_the_connection_is_removed(connection):
    Run.objects.create(export=plain_export(connection, LIST), trigger="on_demand")
    (dependent,) = dependents.of(connection)
    assert "A run is in progress" in str(dependent.note)
    with pytest.raises(ValueError, match="Cancel it and wait"):
        dependent.remove(None)


def test_a_connection_can_be_removed_once_its_exports_are_detached_or_removed(connection, alice):
    first, second = plain_export(connection, LIST, "First"), plain_export(connection, LIST, "Second")
    dependents.find(connection, f"export-{first.pk}").detach(alice)
    dependents.find(connection, f"export-{second.pk}").remove(alice)
    editing.remove(connection)
    assert list(Export.objects.values_list("name", "connection")) == [("First", None)]


def test_another_account_is_searched_for_the_list_of_each_export(connection, sandbox, list_id):
    there, gone = plain_export(connection, list_id, "There"), plain_export(connection, LIST, "Gone")
    Export.objects.update(list_account_id="the-former-account", list_name="Former name")
    account_changed.send(sender=Connection, connection=connection)
    there.refresh_from_db()
    gone.refresh_from_db()
    assert (there.list_account_id, there.list_name) == (connection.account_id, "Newsletter for France")
    assert gone.list_account_id == "the-former-account"
    with pytest.raises(NotRunnableError, match="belongs to another Constant Contact account"):
        check_runnable(gone)


def test_the_same_account_again_costs_no_call(connection, sandbox, list_id):
    plain_export(connection, list_id)
    account_changed.send(sender=Connection, connection=connection)
    assert api_calls(sandbox) == []
