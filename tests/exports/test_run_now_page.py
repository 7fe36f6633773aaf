"""Run now, on the page and in the list: one POST, one run, one message."""

import pytest
from django.urls import reverse
from django_q.models import OrmQ

from connections.models import Connection
from exports.models import Run
from tests.exports.pages import plain_export, sentences
from tests.support.fixtures_connections import make_connection


@pytest.fixture
def ready(connection, list_id):
    return plain_export(connection, list_id)


def page_of(name: str, row) -> str:
    return reverse(f"admin:exports_{name}", args=[row.pk])


def test_run_now_starts_a_run_and_leads_to_its_page(alice, alice_client, ready):
    answer = alice_client.post(page_of("export_run_now", ready), follow=True)
    run = Run.objects.get()
    assert (run.status, run.trigger, run.started_by) == (Run.Status.QUEUED, Run.Trigger.ON_DEMAND, alice)
    assert answer.redirect_chain[-1][0] == page_of("run_change", run)
    assert sentences(answer) == f"Run {run.pk} started."


def test_a_second_click_opens_the_run_in_progress(alice_client, ready):
    alice_client.post(page_of("export_run_now", ready))
    answer = alice_client.post(page_of("export_run_now", ready), follow=True)
    run = Run.objects.get()
    assert answer.redirect_chain[-1][0] == page_of("run_change", run)
    assert "is already in progress" in sentences(answer)
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize("name", ["export_run_now", "export_run_everyone", "export_preview"])
def test_a_link_or_a_reload_starts_nothing(name, alice_client, ready):
    answer = alice_client.get(page_of(name, ready))
    assert answer.url == page_of("export_change", ready)
    assert not Run.objects.exists()


def test_send_everyone_again_compares_with_nothing(alice_client, ready):
    alice_client.post(page_of("export_run_everyone", ready))
    assert Run.objects.get().everyone


def test_an_export_that_can_not_run_says_why_and_what_to_do(alice_client, ready, connection):
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.NEEDS_RECONNECTING)
    answer = alice_client.post(page_of("export_run_now", ready), follow=True)
    assert "no longer accepts the connection “Newsletter”. An administrator has to reconnect it" in sentences(answer)
    assert not Run.objects.exists()


def test_a_detached_export_says_that_it_has_no_connection(alice_client, list_id):
    answer = alice_client.post(page_of("export_run_now", plain_export(None, list_id)), follow=True)
    assert "has no connection. Edit the export and choose a connection." in sentences(answer)


def test_an_unknown_export_is_not_found(alice_client):
    assert alice_client.post(reverse("admin:exports_export_run_now", args=[999])).status_code == 404


def test_bulk_run_starts_what_the_person_may_run_and_counts_the_rest(bob_client, alice, sandbox, connection, list_id):
    hidden = make_connection(sandbox, alice, "Board only")
    Connection.objects.filter(pk=connection.pk).update(sharing="contributors")
    mine, theirs = plain_export(connection, list_id, "Mine"), plain_export(hidden, list_id, "Theirs")
    data = {"action": "run_selected", "_selected_action": [mine.pk, theirs.pk]}
    answer = bob_client.post(reverse("admin:exports_export_changelist"), data, follow=True)
    assert [run.export for run in Run.objects.all()] == [mine]
    assert "1 run started." in sentences(answer)
    assert "1 export was skipped: you may only look at it." in sentences(answer)
