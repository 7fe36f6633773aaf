"""Where snapshots are kept, for how long, and what a reader of an older one sees."""

import os
import time
from datetime import timedelta

import pytest
from django.core.files.storage import InMemoryStorage, Storage, default_storage

from engine import copies
from engine.sessions import open_engine
from profiles.errors import SourceUnavailableError
from profiles.models import ProfileSource
from profiles.snapshots import delete_all_snapshots, delete_superseded, snapshot_path
from segments.members.query import count_rules, stage_members
from segments.models import Segment, everybody


def stored(source):
    return {f"sources/{source.pk}/{name}" for name in default_storage.listdir(f"sources/{source.pk}")[1]}


def age(name, **since):
    moment = time.time() - timedelta(**since).total_seconds()
    os.utime(default_storage.path(name), (moment, moment))


def test_whoever_began_on_the_old_profiles_ends_on_them(people, make_source):
    segment = Segment(source=people, rules=everybody())
    with open_engine() as duck:
        stage_members(duck, segment, {"id": "id"}, "members")
        make_source("id\n1\n", name="People")

        assert duck.execute("SELECT count(*) FROM members").fetchone() == (5,)
        people.refresh_from_db()
        assert count_rules(people, everybody()) == 1


def test_a_snapshot_replaced_today_is_kept_however_old_it_is(people, make_source):
    old = people.snapshot
    age(old, days=30)
    source = make_source("id\n1\n", name="People")

    delete_superseded(source)

    assert stored(source) == {old, source.snapshot}


def test_a_snapshot_replaced_the_day_before_yesterday_is_deleted(people, make_source):
    first = people.snapshot
    second = make_source("id\n1\n", name="People").snapshot
    third = make_source("id\n2\n", name="People")
    age(first, days=30)
    age(second, days=2)

    delete_superseded(third)

    assert stored(third) == {second, third.snapshot}


def test_deleting_a_source_deletes_its_files(people):
    delete_all_snapshots(people.pk)
    delete_all_snapshots(people.pk + 1)  # one that never had any

    assert stored(people) == set()


def test_a_source_without_profiles_is_raised_as_unavailable(db):
    source = ProfileSource.objects.create(name="New", key_attribute="id")

    with pytest.raises(SourceUnavailableError, match="has no profiles yet"), snapshot_path(source):
        pass


def test_a_snapshot_that_vanished_is_a_sentence(people):
    default_storage.delete(people.snapshot)

    with pytest.raises(SourceUnavailableError, match="can't be read from the storage"):
        count_rules(people, everybody())


def test_a_damaged_snapshot_is_a_sentence(people):
    with open(default_storage.path(people.snapshot), "wb") as file:
        file.write(b"PAR1 no more")

    with pytest.raises(SourceUnavailableError, match="are damaged"):
        count_rules(people, everybody())


class Remote(Storage):
    """Storage that has no paths on this host, as S3."""

    memory = InMemoryStorage()
    fetched = 0

    def _open(self, name, mode="rb"):
        Remote.fetched += 1
        return self.memory.open(name, mode)

    def _save(self, name, content):
        return self.memory.save(name, content)

    def exists(self, name):
        return self.memory.exists(name)

    def delete(self, name):
        self.memory.delete(name)

    def listdir(self, path):
        return self.memory.listdir(path)

    def get_modified_time(self, name):
        return self.memory.get_modified_time(name)


@pytest.fixture
def remote(settings, tmp_path):
    settings.VAR = tmp_path / "var"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": f"{__name__}.Remote"}}
    Remote.fetched = 0


def test_a_remote_snapshot_is_fetched_once_and_read_here(remote, make_source):
    source = make_source()

    assert count_rules(source, everybody()) == 5
    assert count_rules(source, everybody()) == 5
    assert Remote.fetched == 1
    assert len(list(copies.folder().iterdir())) == 1


def test_copies_nobody_used_for_a_day_make_room(remote, make_source):
    first = make_source()
    count_rules(first, everybody())
    (copy,) = copies.folder().iterdir()
    os.utime(copy, (0, 0))

    count_rules(make_source(name="Others"), everybody())
    copies.sweep()

    assert not copy.exists()
    assert len(list(copies.folder().iterdir())) == 1


def test_a_remote_snapshot_that_is_gone_is_a_sentence(remote, make_source):
    source = make_source()
    default_storage.delete(source.snapshot)

    with pytest.raises(SourceUnavailableError, match="can't be read from the storage"):
        count_rules(source, everybody())
