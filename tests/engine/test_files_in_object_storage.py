"""Files in S3-compatible storage: what it raises becomes one error, and each host fetches a file once."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.base import ContentFile

from engine import copies
from engine.files import discard, local_copy, names_in, store
from engine.outages import StorageUnavailableError
from engine.probe import try_storage

OUTAGES = {
    "it can't be reached": lambda bucket: bucket.gate.shut(),
    "it has no room": lambda bucket: setattr(bucket, "refuse", (507, "XMinioStorageFull")),
    "it is overloaded": lambda bucket: setattr(bucket, "refuse", (503, "SlowDown")),
    "it breaks": lambda bucket: setattr(bucket, "refuse", (500, "InternalError")),
    "the key was withdrawn": lambda bucket: setattr(bucket, "refuse", (403, "AccessDenied")),
    "the bucket is gone": lambda bucket: setattr(bucket, "refuse", (404, "NoSuchBucket")),
}


def a_file(text: str = "a plan") -> str:
    return store("plans", ContentFile(text.encode()), ".parquet")


def test_a_file_is_stored_fetched_once_and_deleted_here_and_there(object_storage):
    name = a_file()

    for _page in range(3):
        assert local_copy(name).read_text() == "a plan"
    assert object_storage.fetched(name) == 1
    path = local_copy(name)

    assert discard(name)
    assert not path.exists()
    assert object_storage.names() == []
    assert discard(name)  # gone already


@pytest.mark.parametrize("outage", OUTAGES)
def test_any_answer_of_an_outage_raises_one_error_without_a_secret(object_storage, outage):
    name = a_file()
    OUTAGES[outage](object_storage)

    for ask in (lambda: local_copy(name), a_file, lambda: names_in("plans"), try_storage):
        with pytest.raises(StorageUnavailableError) as error:
            ask()
        assert error.value.is_full == (outage == "it has no room")
        assert "secret" not in error.value.detail
        assert name not in error.value.detail
    assert discard(name) == (outage == "the bucket is gone")


def test_a_file_that_is_missing_is_no_outage(object_storage):
    a_file()

    with pytest.raises(FileNotFoundError):
        local_copy("plans/another.parquet")


def test_a_copy_that_is_here_is_read_while_the_storage_is_away(object_storage):
    name = a_file()
    local_copy(name)
    object_storage.gate.shut()

    assert local_copy(name).read_text() == "a plan"


def test_many_at_once_fetch_a_file_once_and_none_sees_a_half_of_it(object_storage):
    name = a_file("x" * 3_000_000)

    with ThreadPoolExecutor(8) as pool:
        sizes = {path.stat().st_size for path in pool.map(lambda _page: local_copy(name), range(8))}

    assert sizes == {3_000_000}
    assert object_storage.fetched(name) == 1
    assert [path.name for path in copies.folder().iterdir()] == [name.replace("/", "-")]


def test_a_copy_that_arrived_incomplete_is_none(object_storage, monkeypatch):
    name = a_file("whole")
    monkeypatch.setattr("engine.copies._size", lambda name: 100)

    with pytest.raises(StorageUnavailableError):
        local_copy(name)
    assert list(copies.folder().iterdir()) == []


def test_a_copy_is_nobody_elses_to_read(object_storage):
    assert local_copy(a_file()).stat().st_mode & 0o077 == 0
    assert copies.folder().stat().st_mode & 0o077 == 0


def used(path, **ago):
    moment = time.time() - ago.get("hours", 0) * 3600
    os.utime(path, (moment, moment))


def test_the_copies_used_last_stay_within_the_limit_and_what_is_in_use_stays_beyond_it(object_storage, settings):
    settings.LOCAL_COPIES_MAX_BYTES = 2_500
    first, second, third = (local_copy(a_file("x" * 1_000)) for _file in range(3))
    assert all(path.exists() for path in (first, second, third))

    for hours, path in ((5, second), (4, third), (3, first)):
        used(path, hours=hours)
    newest = local_copy(a_file("x" * 1_000))

    assert [path.exists() for path in (first, second, third, newest)] == [True, False, False, True]


def test_copies_of_discarded_files_go_on_every_host_within_a_day(object_storage, settings):
    old, new = local_copy(a_file()), local_copy(a_file())
    before = settings.VAR / "snapshots"
    before.mkdir()
    (before / "sources-1-x.parquet").write_text("people")
    used(old, hours=25)

    copies.sweep()

    assert (old.exists(), new.exists(), before.exists()) == (False, True, False)


def test_a_file_that_could_not_be_stored_leaves_nothing_behind(object_storage):
    class Broken(ContentFile):
        def read(self, *size):
            raise OSError(5, "Input/output error")

    with pytest.raises(StorageUnavailableError):
        store("uploads", Broken(b"people"))
    assert object_storage.names() == []


def test_a_mistake_of_ours_is_no_outage(object_storage):
    class Wrong(ContentFile):
        def read(self, *size):
            raise TypeError("not a file")

    with pytest.raises(TypeError):
        store("uploads", Wrong(b"people"))


def test_what_can_not_be_deleted_is_logged_without_its_name(object_storage, caplog):
    name = a_file()
    object_storage.refuse = (503, "SlowDown")

    assert not discard(name)
    assert "SlowDown" in caplog.text
    assert name not in caplog.text
