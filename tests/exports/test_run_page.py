"""The page of a run: live while it is open, and who may see people in it."""

import re

import pytest
from django.urls import reverse

from connections.models import Connection
from exports.messages.runs import RUNS
from exports.models import Batch, Run
from exports.runs import start_run
from tests.exports.pages import plain_export, sentences
from tests.support.fixtures_exports import work_once, work_until_over


def page_of(name: str, row) -> str:
    return reverse(f"admin:exports_run_{name}", args=[row.pk])


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def shared(export) -> None:
    Connection.objects.filter(pk=export.connection_id).update(sharing="contributors")


@pytest.fixture
def run(export, shared, bob) -> Run:
    """A run that is over: 3 sent, 3 left out."""
    return work_until_over(start_run(export, by=bob)[0])


def test_the_page_asks_for_news_only_while_the_run_is_open(bob_client, export, shared, bob):
    run = start_run(export, by=bob)[0]
    for name in ("change", "progress"):
        assert f'data-poll="{page_of("progress", run)}"' in bob_client.get(page_of(name, run)).content.decode()
    work_until_over(run)
    for name in ("change", "progress"):
        assert "data-poll" not in bob_client.get(page_of(name, run)).content.decode()


def test_the_part_that_is_polled_is_no_whole_page(bob_client, run):
    assert "<html" not in bob_client.get(page_of("progress", run)).content.decode()


def test_the_page_says_what_happened_to_everybody(bob_client, run):
    page = text_of(bob_client.get(page_of("change", run)))
    assert "3 Accepted by Constant Contact" in page
    assert "3 Left out" in page
    assert "6 profiles selected" in page
    assert "No email address 1" in page
    assert "Same email address as another profile 1" in page


def test_the_page_shows_each_batch_with_its_activity(bob_client, run):
    batch = run.batches.get()
    page = bob_client.get(page_of("change", run)).content.decode()
    assert batch.activity_id in page
    assert batch.get_state_display() in page


def test_a_waiting_run_says_what_it_waits_for(bob_client, export, shared, sandbox, bob):
    sandbox.switch(job_seconds=60)
    run = work_once(start_run(export, by=bob)[0])
    page = text_of(bob_client.get(page_of("change", run)))
    assert "Constant Contact is importing the profiles." in page
    assert "3 Being imported" in page


@pytest.mark.parametrize(
    ("reason", "action", "method"),
    [
        ("reconnect", "Reconnect", "a"),
        ("segment_gone", "Edit export", "a"),
        ("unexpected", "Run again", "form"),
        ("counts_disagree", "Run again", "form"),
    ],
)
def test_a_run_that_went_wrong_offers_the_one_thing_to_do(reason, action, method, alice_client, export):
    details = {"connection": "Newsletter", "segment": "France", "planned": 3}
    run = Run.objects.create(
        export=export, status="failed", trigger="on_demand", reason=reason, reason_details=details,
        finished_at=export.created_at, configuration={"mapping": export.mapping},
    )  # fmt: skip
    step = alice_client.get(page_of("change", run)).context["step"]
    assert (str(step.label), step.is_post) == (action, method == "form")


def test_nobody_is_offered_what_they_may_not_do(carol_client, export):
    run = Run.objects.create(
        export=export, status="failed", trigger="on_demand", reason="unexpected",
        finished_at=export.created_at, configuration={"mapping": export.mapping},
    )  # fmt: skip
    answer = carol_client.get(page_of("change", run))
    assert answer.context["step"] is None
    assert "Run again" not in answer.content.decode()


def test_cancelling_stops_what_is_not_sent_yet(bob_client, export, shared, bob):
    run = start_run(export, by=bob)[0]
    answer = bob_client.post(page_of("cancel", run), follow=True)
    assert "is being cancelled" in sentences(answer)
    assert work_until_over(run).status == Run.Status.CANCELLED


def test_a_run_that_is_over_can_not_be_cancelled(bob_client, run):
    assert "had ended already" in sentences(bob_client.post(page_of("cancel", run), follow=True))


def test_a_link_cancels_nothing(bob_client, export, shared, bob):
    run = start_run(export, by=bob)[0]
    assert bob_client.get(page_of("cancel", run)).status_code == 302
    run.refresh_from_db()
    assert run.cancel_requested_at is None


def test_left_out_profiles_can_be_downloaded_with_their_reason(bob_client, run):
    answer = bob_client.get(page_of("left_out", run))
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert answer["Content-Disposition"] == f'attachment; filename="run-{run.pk}-left-out.csv"'
    assert len(lines) == 4
    assert any("josé@example.com,Invalid email address" in line for line in lines)


def test_a_plan_that_is_no_longer_kept_is_a_sentence(bob_client, run):
    Run.objects.filter(pk=run.pk).update(plan_file="")
    assert "is no longer kept" in sentences(bob_client.get(page_of("left_out", run), follow=True))
    assert "is no longer kept" in text_of(bob_client.post(page_of("person", run), {"person": "ana@example.com"}))


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        (" BEN@example.com ", "Sent with batch 1 and imported."),
        ("2", "Sent with batch 1 and imported."),
        ("josé@example.com", "Constant Contact does not accept this email address."),
        ("5", "the profile has no email address."),
        ("6", "another profile has the same email address"),
        ("goro@example.com", "Nobody with this address or key was in the selected segments"),
    ],
)
def test_a_person_is_found_with_what_happened_to_them(person, sentence, bob_client, run):
    assert sentence in text_of(bob_client.post(page_of("person", run), {"person": person}))


def test_the_address_that_is_looked_for_is_in_no_address(bob_client, run):
    page = bob_client.post(page_of("person", run), {"person": "ben@example.com"}).content.decode()
    links = re.findall(r'(?:href|action|src|formaction|data-[a-z]+)="([^"]*)"', page)
    assert links
    assert not [link for link in links if "ben@example.com" in link]


def test_viewers_see_counts_and_no_people(carol_client, run):
    answer = carol_client.get(page_of("change", run))
    assert "3 Accepted by Constant Contact" in text_of(answer)
    assert "@example.com" not in answer.content.decode().replace("carol@example.com", "")
    assert "Find a person" not in answer.content.decode()
    assert carol_client.get(page_of("left_out", run)).status_code == 403
    assert carol_client.post(page_of("person", run), {"person": "ben@example.com"}).status_code == 403


def test_contributors_lose_sight_of_people_with_the_connection(bob_client, run, connection):
    Connection.objects.filter(pk=connection.pk).update(sharing="administrators")
    assert bob_client.get(page_of("change", run)).status_code == 200
    assert bob_client.get(page_of("left_out", run)).status_code == 403


def test_a_refused_batch_says_why(alice_client, export):
    run = Run.objects.create(export=export, trigger="on_demand", configuration={"mapping": export.mapping})
    Batch.objects.create(
        run=run,
        number=1,
        rows=3,
        body_bytes=9,
        state=Batch.State.REFUSED,
        reason="activity_failed",
        detail="bad header",
    )
    page = text_of(alice_client.get(page_of("change", run)))
    assert "Constant Contact could not finish this job." in page
    assert "bad header" in page


def test_every_reason_of_the_catalogue_can_be_shown(alice_client, connection, list_id):
    export = plain_export(connection, list_id)
    run = Run.objects.create(
        export=export, status="failed", trigger="on_demand",
        finished_at=export.created_at, configuration={"mapping": export.mapping},
    )  # fmt: skip
    for reason, text in RUNS.items():
        details = dict.fromkeys(re.findall(r"%\((\w+)\)s", f"{text.happened} {text.next_step}"), "x")
        details |= {"at": "2026-01-31T00:00:00+00:00"} if "at" in details else {}
        Run.objects.filter(pk=run.pk).update(reason=reason, reason_details=details)
        assert alice_client.get(page_of("progress", run)).status_code == 200, reason
