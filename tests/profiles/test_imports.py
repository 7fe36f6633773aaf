"""The life of an import: the old profiles stay in use until the new ones are whole."""

import threading
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from django_q.models import OrmQ

from engine.files import local_copy
from profiles.errors import ImportRefusedError
from profiles.imports import lifecycle
from profiles.imports.ingest import Progress, ingest
from profiles.imports.lifecycle import (
    CLAIMS,
    LostImportError,
    _change,
    claim_import,
    do_import,
    import_now,
    resume_imports,
    start_import,
)
from profiles.models import ProfileImport, ProfileSource
from profiles.tasks import import_profiles
from segments.members.query import count_rules
from segments.models import Segment, everybody
from segments.tasks import evaluate_segment
from tests.support.fixtures_profiles import PEOPLE

OTHERS = "id,email\n1,ann@example.com\n2,ben@example.com\n"


@pytest.fixture
def upload(people, bob):
    """Start an import of a CSV text into the people."""

    def _upload(content: str = OTHERS, key: str = "id", updated: str = "") -> ProfileImport:
        file = SimpleUploadedFile("others.csv", content.encode())
        return start_import(people, file, key=key, updated=updated, by=bob)

    return _upload


def test_an_upload_waits_in_the_storage_with_a_message_for_the_workers(upload):
    job = upload()

    assert job.state == "queued"
    assert default_storage.exists(job.upload)
    assert OrmQ.objects.count() == 1


def test_a_worker_replaces_the_profiles_and_deletes_the_upload(upload, people, django_capture_on_commit_callbacks):
    job = upload()

    with django_capture_on_commit_callbacks(execute=True):
        import_profiles(job.pk)

    job.refresh_from_db()
    people.refresh_from_db()
    assert (job.state, job.row_count, job.encoding, job.delimiter) == ("done", 2, "utf-8", ",")
    assert [attribute.name for attribute in people.attributes()] == ["id", "email"]
    assert (people.row_count, people.file_name) == (2, "others.csv")
    assert count_rules(people, everybody()) == 2
    assert not default_storage.exists(job.upload)


def test_the_old_profiles_stay_when_the_new_file_is_refused(upload, people):
    job = upload("id,email\n1,a@example.com\n1,b@example.com\n")

    import_profiles(job.pk)

    before = people.snapshot
    job.refresh_from_db()
    people.refresh_from_db()
    assert job.state == "failed"
    assert str(job.problem).startswith("The key column “id” must be different in every row")
    assert people.snapshot == before
    assert count_rules(people, everybody()) == 5
    assert not default_storage.exists(job.upload)


def test_segments_are_counted_anew_after_an_import(upload, americans):
    job = upload("id,email,country\n1,a@example.com,United States\n")

    import_profiles(job.pk)
    evaluate_segment(americans.evaluations.get().pk)

    americans.refresh_from_db()
    assert americans.member_count == 1


def test_segments_that_no_longer_fit_are_named(upload, americans):
    job = upload()

    import_profiles(job.pk)
    evaluate_segment(americans.evaluations.get().pk)

    job.refresh_from_db()
    americans.refresh_from_db()
    assert [str(warning) for warning in job.warnings] == [
        "The new profiles no longer fit these segments: Americans. Open each one and correct its conditions."
    ]
    assert americans.member_count is None
    assert str(americans.problem).startswith("The profile source has no attribute “country”.")


def test_a_second_upload_is_refused_while_the_first_is_on_its_way(upload, tmp_path):
    first = upload()

    with transaction.atomic(), pytest.raises(ImportRefusedError, match="A file is being imported into “People”"):
        upload()

    assert ProfileImport.objects.filter(state="queued").get() == first
    assert len(list((tmp_path / "files" / "uploads").iterdir())) == 1


def test_a_message_that_comes_twice_is_done_once(upload):
    job = upload()

    assert claim_import(job.pk).attempts == 1
    assert claim_import(job.pk) is None
    import_profiles(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("running", 1)


def test_an_import_whose_worker_died_is_taken_up_by_another(upload):
    job = upload()
    lost = claim_import(job.pk)
    ProfileImport.objects.filter(pk=job.pk).update(claimed_until=timezone.now() - timedelta(seconds=1))

    import_profiles(job.pk)

    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
    with pytest.raises(LostImportError):
        _change(lost, progress=50)


def test_an_import_of_a_source_that_was_deleted_leaves_nothing_behind(upload, people, tmp_path):
    job = claim_import(upload().pk)
    people.delete()

    do_import(job)

    assert (
        len(list((tmp_path / "files" / "sources").rglob("*.parquet"))) == 1
    )  # that of before; its deletion deletes it


def test_the_tick_rings_for_what_died_or_was_forgotten_and_leaves_the_rest(upload):
    job = upload()
    OrmQ.objects.all().delete()

    resume_imports()
    assert OrmQ.objects.count() == 0
    ProfileImport.objects.filter(pk=job.pk).update(created_at=timezone.now() - 2 * CLAIMS.lease)
    resume_imports()
    assert OrmQ.objects.count() == 1
    claim_import(job.pk)
    resume_imports()
    assert OrmQ.objects.count() == 1


def test_an_import_that_kills_every_worker_is_given_up(upload):
    job = upload()
    ProfileImport.objects.filter(pk=job.pk).update(attempts=3)

    import_profiles(job.pk)

    job.refresh_from_db()
    assert job.state == "failed"
    assert "interrupted several times" in str(job.problem)


def test_an_upload_that_vanished_is_a_sentence(upload):
    job = upload()
    default_storage.delete(job.upload)

    import_profiles(job.pk)

    job.refresh_from_db()
    assert str(job.problem) == "The import was interrupted. Upload the file again."


def test_a_bug_becomes_a_sentence_and_its_line_in_the_log_quotes_no_data(upload, settings, caplog):
    job = upload()
    settings.PLAN_MEMORY_LIMIT = "much"

    do_import(claim_import(job.pk))

    job.refresh_from_db()
    assert str(job.problem).startswith("The import failed unexpectedly.")
    assert f"Import {job.pk} failed unexpectedly" in caplog.text
    assert "example.com" not in caplog.text


def test_an_import_of_the_command_line_whose_process_died_fails(people):
    job = ProfileImport.objects.create(
        source=people,
        file_name="x.csv",
        key_attribute="id",
        state="running",
        claimed_until=timezone.now() - CLAIMS.lease,
    )

    resume_imports()

    job.refresh_from_db()
    assert job.state == "failed"


@pytest.mark.parametrize(
    ("content", "key", "updated", "said"),
    [
        ("id,email\n", "id", "", "The file has a header but no profiles."),
        ("id,email\n1,a@b.co\n", "customer", "", "The file has no column “customer”. Its columns are: id, email."),
        ("id,email\n1,a@b.co\n", "id", "changed", "The file has no column “changed”."),
        ("id,email\n,a@b.co\n,b@b.co\n", "id", "", "The key column “id” is empty in 2 of 2 rows."),
        ("id,email\n1,a@b.co\n,b@b.co\n ,c@b.co\n", "id", "", "The key column “id” is empty in 2 of 3 rows."),
        (
            "id,email\n1,a@b.co\n1,b@b.co\n2,c@b.co\n2,c@b.co\n",
            "id",
            "",
            "but 2 of its values occur more than once, for example “1”.",
        ),
        ("id,email\n1,ann@b.co\n2,ann@b.co\n", "email", "", "for example “a…@b.co”."),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_a_sentence(db, write, content, key, updated, said):
    source = ProfileSource.objects.create(name="New", key_attribute=key)

    with pytest.raises(ImportRefusedError) as refusal:
        import_now(source, write(content), key=key, updated=updated)

    assert said in str(refusal.value)
    assert source.imports.get().state == "failed"


def test_a_file_of_many_columns_passes_and_one_of_too_many_is_explained(db, write, settings):
    names = [f"c{number}" for number in range(220)]
    rows = "\n".join(",".join([str(number), *["some value"] * 219]) for number in range(200))
    path = write(f"{','.join(names)}\n{rows}\n")
    source = ProfileSource.objects.create(name="Wide", key_attribute="c0")

    assert import_now(source, path, key="c0", updated="").row_count == 200
    settings.PLAN_MEMORY_LIMIT = "8MB"
    with pytest.raises(ImportRefusedError, match="The file has 220 columns, more than this server has memory for"):
        import_now(source, path, key="c0", updated="")


def test_a_file_without_addresses_is_taken_with_a_warning(make_source):
    source = make_source("id,name\n1,Ann\n")

    assert [str(warning) for warning in source.imports.get().warnings] == [
        "No column looks like email addresses. These profiles can be put in segments, but not exported."
    ]


def test_a_column_of_last_updates_without_dates_is_taken_with_a_warning(make_source):
    source = make_source(PEOPLE, updated="name")

    assert str(source.imports.get().warnings[0]).startswith("The column “name” holds no dates")


def test_a_code_is_stored_and_no_sentence(upload, people):
    job = upload("id,email\n")
    import_profiles(job.pk)
    job.refresh_from_db()

    assert job.stored_problem == {"code": "file_without_profiles", "details": {}}


def test_a_segment_of_everybody_counts_all(people):
    assert Segment(source=people, name="All").rules == everybody()


def test_reported_progress_never_goes_back_and_ends_near_the_end(people, write):
    rows = "".join(f"{number},person{number}@example.com\n" for number in range(50_000))
    told, progress = [], Progress()
    report = progress.between

    def noting(start, end):
        inner = report(start, end)

        def note(share):
            inner(share)
            told.append(progress.current())

        return note

    progress.between = noting
    ingest(write(f"id,email\n{rows}"), people.pk, "id", "", progress)

    assert told == sorted(told)
    assert told[-1] == 98
    assert any(60 <= percent < 98 for percent in told)


def test_an_import_that_takes_longer_than_it_may_ends_with_a_sentence(upload, people, monkeypatch):
    def slow(*arguments):
        over.wait(20)
        return ingest(*arguments)

    over = threading.Event()
    monkeypatch.setattr(lifecycle, "ingest", slow)
    monkeypatch.setattr(lifecycle, "IMPORT_SECONDS", 0.1)
    job = upload()
    import_profiles(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "was not imported within 20 minutes" in str(job.problem)
    over.set()
    people.refresh_from_db()
    assert people.row_count == 5


def test_to_fetch_a_file_for_long_loses_no_claim(upload, monkeypatch):
    """A file of gigabytes comes from the storage for longer than a claim holds."""

    def fetched(name):
        assert waited.wait(20)
        return local_copy(name)

    class Watched(lifecycle.Renewal):
        def is_held(self):
            self._next = 0
            held = super().is_held()
            waited.set()
            return held

    waited = threading.Event()
    monkeypatch.setattr(lifecycle, "local_copy", fetched)
    monkeypatch.setattr(lifecycle, "Renewal", Watched)
    job = upload()
    import_profiles(job.pk)
    job.refresh_from_db()
    assert job.state == "done"
