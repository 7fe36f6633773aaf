"""What this host's disk and DuckDB say of a disk that is full or can't be read."""

import errno
import os
import shutil

import duckdb
import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from engine.files import discard, local_copy, store
from engine.outages import MAX_GAP, MAX_WAITS, StorageUnavailableError, disk_outages, outage_gap, outage_of
from engine.probe import try_storage
from engine.sessions import open_engine
from tests.support.full_disk import fill


@pytest.fixture
def files_on_it(settings, small_disk):
    backend = "django.core.files.storage.FileSystemStorage"
    own = {"BACKEND": backend, "OPTIONS": {"location": small_disk / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": own}
    return small_disk


@pytest.fixture
def var_on_it(settings, small_disk):
    settings.VAR = small_disk
    return small_disk


def test_a_file_for_which_there_is_no_room_leaves_no_part_of_itself(files_on_it):
    with pytest.raises(StorageUnavailableError) as error:
        store("uploads", ContentFile(bytes(1_000_000)))

    assert error.value.is_full
    assert list((files_on_it / "files" / "uploads").iterdir()) == []


def test_a_plan_for_which_the_engine_has_no_room_is_an_outage(var_on_it):
    fill(var_on_it)

    with pytest.raises(StorageUnavailableError) as error, open_engine(reach=[var_on_it]) as duck:
        duck.execute(f"COPY (SELECT uuid() AS a FROM range(100000)) TO '{var_on_it}/plan.parquet' (FORMAT parquet)")

    assert error.value.is_full


def test_what_the_engine_can_not_spill_is_an_outage_and_too_little_memory_is_none(var_on_it):
    many = "CREATE TEMP TABLE t AS SELECT uuid()::VARCHAR AS a FROM range(3000000)"
    with pytest.raises(StorageUnavailableError) as error, open_engine("20MB") as duck:
        duck.execute(many)
    assert error.value.is_full

    wide = "SELECT list(uuid()) FROM range(100000000)"
    with pytest.raises(duckdb.OutOfMemoryException), open_engine("20MB") as duck:
        duck.execute(wide).fetchall()


def test_the_probe_reports_a_full_disk_of_the_storage_and_of_this_host(files_on_it, settings):
    try_storage()
    room = fill(files_on_it)
    with pytest.raises(StorageUnavailableError) as error:
        try_storage()
    assert error.value.is_full

    room.unlink()
    settings.VAR = files_on_it
    try_storage()
    fill(files_on_it)
    with pytest.raises(StorageUnavailableError):
        try_storage()


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.EROFS, errno.ESTALE, errno.ENOTCONN])
def test_a_disk_that_can_not_be_read_is_away(number):
    with pytest.raises(StorageUnavailableError) as error, disk_outages():
        raise OSError(number, os.strerror(number), "/var/secret/path")

    assert not error.value.is_full
    assert errno.errorcode[number] in error.value.detail
    assert "secret" not in error.value.detail

    engine = duckdb.IOException(f'IO Error: Could not read "/var/secret/path": {os.strerror(number)}')
    assert "secret" not in outage_of(engine).detail


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "no such file"),
        ConnectionResetError(errno.ECONNRESET, "reset"),
        requests.ConnectionError("no answer"),
        duckdb.IOException("IO Error: No files found that match the pattern"),
        duckdb.InvalidInputException("permission: Permission denied for table people"),
        ValueError("no"),
    ],
)
def test_other_errors_stay_what_they_are(error):
    with pytest.raises(type(error)) as raised, disk_outages():
        raise error

    assert raised.value is error


def test_a_folder_on_which_nothing_is_mounted_is_away_and_a_missing_file_is_gone(tmp_path):
    kept, lost = store("plans", ContentFile(b"kept")), store("plans", ContentFile(b"lost"))
    assert discard(lost)
    with pytest.raises(FileNotFoundError):
        local_copy(lost)

    root = tmp_path / "files"
    away = shutil.move(root, tmp_path / "away")
    with pytest.raises(StorageUnavailableError):
        local_copy(kept)
    root.mkdir()
    with pytest.raises(StorageUnavailableError):
        local_copy(kept)
    root.rmdir()
    root.write_text("no folder")
    with pytest.raises(StorageUnavailableError):
        local_copy(kept)

    root.unlink()
    shutil.move(away, root)
    assert local_copy(kept).read_bytes() == b"kept"
    assert str(local_copy(kept)) == default_storage.path(kept)


def test_the_gaps_grow_to_five_minutes_and_go_on_for_hours():
    gaps = [outage_gap(waits) for waits in range(MAX_WAITS)]

    assert gaps == sorted(gaps)
    assert gaps[0].total_seconds() == 10
    assert gaps[-1] == MAX_GAP
    assert sum(gap.total_seconds() for gap in gaps) > 4 * 3600
