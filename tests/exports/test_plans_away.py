"""The pages about a run while its plan can't be read, or is gone: a sentence, and no answer that begins and breaks."""

import html

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from connections.models import Connection
from engine import copies
from exports.models import Run
from exports.plan.retention import sweep_plans
from exports.runs import start_run
from tests.support.fixtures_exports import work_once

SENTENCE = "The file storage can't be reached at the moment"


@pytest.fixture
def preview(object_storage, export, bob):
    Connection.objects.filter(pk=export.connection_id).update(sharing="contributors")
    return work_once(start_run(export, by=bob, trigger=Run.Trigger.PREVIEW, preview=True)[0])


def page_of(name: str, run: Run) -> str:
    return reverse(f"admin:exports_run_{name}", args=[run.pk])


def sentences(answer) -> str:
    return html.unescape(answer.content.decode())


def nothing_here(object_storage) -> None:
    """The storage is away, and this host has no copy of the plan."""
    object_storage.gate.shut()
    for copy in copies.folder().iterdir():
        copy.unlink()


def test_a_plan_is_fetched_once_for_all_its_pages(preview, object_storage, bob_client):
    for _page in range(3):
        assert bob_client.get(page_of("change", preview)).status_code == 200
        assert b"".join(bob_client.get(page_of("left_out", preview)).streaming_content)

    assert object_storage.fetched(preview.plan_file) == 1


def test_the_page_of_a_preview_stands_and_says_why_it_shows_no_people(preview, object_storage, bob_client):
    nothing_here(object_storage)

    answer = bob_client.get(page_of("change", preview))

    assert answer.status_code == 200
    assert SENTENCE in sentences(answer)


def test_looking_for_a_person_says_it_too(preview, object_storage, bob_client):
    nothing_here(object_storage)

    answer = bob_client.post(page_of("person", preview), {"person": "ana@example.com"})

    assert answer.status_code == 200
    assert SENTENCE in sentences(answer)


def test_a_download_that_can_not_begin_leads_back_with_the_sentence(preview, object_storage, bob_client):
    nothing_here(object_storage)

    answer = bob_client.get(page_of("left_out", preview), follow=True)

    assert answer.redirect_chain
    assert SENTENCE in sentences(answer)


def test_a_download_of_a_plan_that_is_gone_is_no_success(preview, bob_client):
    default_storage.delete(preview.plan_file)
    for copy in copies.folder().iterdir():
        copy.unlink()

    answer = bob_client.get(page_of("left_out", preview))

    assert answer.status_code == 410
    assert "is no longer kept" in sentences(answer)


def test_a_download_of_whom_a_run_took_off_its_list_is_no_success_once_their_file_is_gone(preview, bob_client):
    Run.objects.filter(pk=preview.pk).update(removal_file="removals/gone.parquet")
    answer = bob_client.get(page_of("removed", preview))
    assert answer.status_code == 410
    assert "is no longer kept" in sentences(answer)

    Run.objects.filter(pk=preview.pk).update(removal_file="")
    answer = bob_client.get(page_of("removed", preview), follow=True)
    assert answer.redirect_chain
    assert "Nobody to remove" in sentences(answer)


def test_a_download_of_a_damaged_plan_does_not_begin(preview, object_storage, bob_client):
    object_storage.objects[preview.plan_file] = (b"PAR1 no more", 0)
    for copy in copies.folder().iterdir():
        copy.unlink()

    answer = bob_client.get(page_of("left_out", preview))

    assert answer.status_code == 410
    assert "its file is damaged" in sentences(answer)


@pytest.mark.parametrize("content", [b"", b"PAR", b"PAR1 no more", b"\0" * 5000])
def test_the_pages_of_a_run_with_a_damaged_plan_say_so(content, preview, object_storage, bob_client):
    object_storage.objects[preview.plan_file] = (content, 0)
    for copy in copies.folder().iterdir():
        copy.unlink()

    page = bob_client.get(page_of("change", preview))
    person = bob_client.post(page_of("person", preview), {"person": "ana@example.com"})

    assert page.status_code == person.status_code == 200
    assert "its file is damaged" in sentences(page)
    assert "its file is damaged" in sentences(person)


def test_plans_of_exports_that_never_run_again_go_when_their_time_is_over(preview, object_storage, settings):
    other = "plans/of-no-run.parquet"
    object_storage.objects[other] = (b"people", 0)
    sweep_plans()
    assert object_storage.names("plans/") == [preview.plan_file]

    settings.PLAN_RETENTION_DAYS = -1
    Run.objects.filter(pk=preview.pk).update(status="planned")
    preview.export.baseline = preview
    preview.export.save()
    sweep_plans()
    assert object_storage.names("plans/") == [preview.plan_file]

    preview.export.baseline = None
    preview.export.save()
    sweep_plans()
    preview.refresh_from_db()
    assert (object_storage.names("plans/"), preview.plan_file) == ([], "")
