"""Storage away, disk full: imports, evaluations and refreshes wait with growing gaps, and say so."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from engine.outages import MAX_WAITS, StorageUnavailableError
from profiles.databases.refreshing import ask_refresh, resume_refreshes
from profiles.imports.lifecycle import resume_imports, start_import
from profiles.models import DatabaseAddress, ProfileImport, ProfileSource
from profiles.tasks import import_profiles, refresh_source
from segments.evaluations.lifecycle import resume_evaluations, start_evaluation
from segments.members.query import count_rules
from segments.models import Evaluation, Segment, everybody
from segments.sweeping import sweep_profiles
from segments.tasks import evaluate_segment
from tests.support.full_disk import fill

OTHERS = "id,email\n1,ann@example.com\n2,ben@example.com\n"
AWAY = "The file storage can't be reached."


@pytest.fixture
def upload(object_storage, make_source, bob):
    source = make_source()
    file = SimpleUploadedFile("others.csv", OTHERS.encode())
    return start_import(source, file, key="id", updated="", by=bob)


def try_again(job: ProfileImport) -> ProfileImport:
    """What the tick and a worker do as soon as the time of the next try has come."""
    ProfileImport.objects.filter(pk=job.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))
    import_profiles(job.pk)
    job.refresh_from_db()
    return job


def test_an_import_waits_while_the_storage_is_away_and_ends_when_it_is_back(
    upload, object_storage, django_capture_on_commit_callbacks
):
    object_storage.gate.shut()
    import_profiles(upload.pk)

    upload.refresh_from_db()
    assert (upload.state, upload.waits) == ("queued", 1)
    assert str(upload.problem).startswith(AWAY)
    assert upload.claimed_until > timezone.now()

    object_storage.gate.open()
    with django_capture_on_commit_callbacks(execute=True):
        try_again(upload)
    assert (upload.state, upload.row_count, str(upload.problem)) == ("done", 2, "")
    assert object_storage.names("uploads/") == []


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_it_waits_whichever_call_fails_and_leaves_no_second_snapshot(upload, object_storage, method):
    before = object_storage.names("sources/")
    object_storage.refuse, object_storage.refuse_only = (507, "XMinioStorageFull"), method

    import_profiles(upload.pk)

    upload.refresh_from_db()
    assert upload.state == "queued"
    assert str(upload.problem).startswith("The disk is full.")
    assert object_storage.names("sources/") == before


def test_nobody_tries_before_the_gap_is_over_and_the_tick_does_then(upload, object_storage):
    object_storage.gate.shut()
    import_profiles(upload.pk)
    OrmQ.objects.all().delete()

    import_profiles(upload.pk)
    resume_imports()
    upload.refresh_from_db()
    assert (upload.attempts, upload.waits, OrmQ.objects.count()) == (0, 1, 0)  # its worker lives: no attempt is spent

    with time_machine.travel(upload.claimed_until + timedelta(seconds=1)):
        resume_imports()
    assert OrmQ.objects.count() == 1


def test_the_gaps_grow_and_after_hours_it_fails_and_nothing_of_the_file_stays(upload, object_storage):
    object_storage.gate.shut()
    import_profiles(upload.pk)
    upload.refresh_from_db()
    first = upload.claimed_until - timezone.now()
    for _time in range(4):
        try_again(upload)
    assert upload.claimed_until - timezone.now() > 3 * first
    assert upload.state == "queued"  # though a worker that dies is given up after three

    ProfileImport.objects.filter(pk=upload.pk).update(waits=MAX_WAITS)
    try_again(upload)
    assert upload.state == "failed"
    assert "was given up" in str(upload.problem)

    object_storage.gate.open()
    assert object_storage.names("uploads/") == [upload.upload]
    content, written = object_storage.objects[upload.upload]
    object_storage.objects[upload.upload] = content, written - 25 * 3600
    sweep_profiles()
    assert object_storage.names("uploads/") == []
    assert len(object_storage.names("sources/")) == 1


def test_the_sweep_leaves_what_is_needed_or_young(upload, object_storage):
    for name, (content, written) in object_storage.objects.items():
        object_storage.objects[name] = content, written - 48 * 3600
    object_storage.objects["uploads/an-orphan-of-today"] = (b"people", timezone.now().timestamp())
    object_storage.objects["sources/999/of-a-deleted-source.parquet"] = (b"people", 0)
    object_storage.objects[f"sources/{upload.source_id}/never-used.parquet"] = (
        b"people",
        timezone.now().timestamp() - 47 * 3600,
    )
    source = ProfileSource.objects.get(pk=upload.source_id)

    sweep_profiles()

    assert object_storage.names() == sorted([source.snapshot, upload.upload, "uploads/an-orphan-of-today"])


def test_the_page_of_the_source_shows_what_it_waits_for(upload, object_storage, bob_client):
    object_storage.gate.shut()
    import_profiles(upload.pk)

    page = bob_client.get(reverse("admin:profiles_profilesource_change", args=[upload.source_id])).text

    assert "The file storage can&#x27;t be reached. This goes on by itself" in page


def post_file(client, address, **more):
    file = SimpleUploadedFile("people.csv", OTHERS.encode())
    return client.post(address, {"file": file, "key_attribute": "id", "updated_attribute": "", **more})


def test_an_upload_that_can_not_be_stored_is_a_sentence_and_leaves_no_source(object_storage, bob_client):
    address = reverse("admin:profiles_profilesource_add_file")
    object_storage.gate.shut()
    answer = post_file(bob_client, address, name="New")

    assert answer.status_code == 200
    assert "The file storage can&#x27;t be reached at the moment" in answer.text
    assert not ProfileSource.objects.exists()

    object_storage.gate.open()
    assert post_file(bob_client, address, name="New").status_code == 302
    assert ProfileImport.objects.get().source.name == "New"


def test_an_evaluation_waits_and_the_members_of_before_stay(object_storage, make_source, bob_client):
    source = make_source()
    segment = Segment.objects.create(name="All", source=source, rules=everybody(), type=Segment.Type.STATIC)
    start_evaluation(segment, trigger=Evaluation.Trigger.REFRESH)
    evaluation = segment.evaluations.get()
    object_storage.refuse, object_storage.refuse_only = (503, "SlowDown"), "PUT"

    evaluate_segment(evaluation.pk)
    evaluation.refresh_from_db()
    assert (evaluation.status, evaluation.waits) == ("queued", 1)
    page = bob_client.get(reverse("admin:segments_segment_change", args=[segment.pk])).text
    assert "The file storage can&#x27;t be reached." in page

    object_storage.refuse = None
    OrmQ.objects.all().delete()
    with time_machine.travel(evaluation.claimed_until + timedelta(seconds=1)):
        resume_evaluations()
        assert OrmQ.objects.count() == 1
        evaluate_segment(evaluation.pk)
    evaluation.refresh_from_db()
    assert (evaluation.status, evaluation.member_count, str(evaluation.problem)) == ("succeeded", 5, "")


def test_profiles_that_can_not_be_read_now_are_not_called_gone(object_storage, make_source):
    source = make_source()
    object_storage.gate.shut()

    with pytest.raises(StorageUnavailableError):
        count_rules(source, everybody())


def test_the_command_shows_it_at_once_and_leaves_no_source(object_storage, write, db):
    object_storage.gate.shut()

    with pytest.raises(CommandError, match="The file storage can't be reached at the moment"):
        call_command("import_profiles", str(write(OTHERS)), source="New", key="id", verbosity=0)
    assert not ProfileSource.objects.exists()


def test_the_refresh_of_a_table_waits_while_the_disk_is_full(sqlite, sqlite_source, settings, small_disk):
    sqlite.execute("CREATE TABLE people (id TEXT, email TEXT)")
    sqlite.execute("INSERT INTO people VALUES ('1', 'ann@example.com')")
    source = sqlite_source("people")
    settings.VAR = small_disk
    (small_disk / "engine").mkdir()
    room = fill(small_disk)
    ask_refresh(source)

    refresh_source(source.pk)
    address = DatabaseAddress.objects.get(source=source)
    assert (address.is_refreshing, address.refresh_waits) == (True, 1)
    assert str(address.problem).startswith("The disk is full.")

    room.unlink()
    OrmQ.objects.all().delete()
    with time_machine.travel(address.refresh_claimed_until + timedelta(seconds=1)):
        resume_refreshes()
        assert OrmQ.objects.count() == 1
        refresh_source(source.pk)
    address.refresh_from_db()
    assert (address.is_refreshing, str(address.problem)) == (False, "")
