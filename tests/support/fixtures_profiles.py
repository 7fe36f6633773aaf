"""Sources made from a few lines of CSV, and a segment of one."""

from pathlib import Path

import pytest

from profiles.imports.lifecycle import import_now
from profiles.models import ProfileSource
from segments.models import Segment

ADVENTUREWORKS = Path(__file__).parents[3] / "shared" / "data" / "adventureworks_profiles.csv"

PEOPLE = """\
id,email,name,country,postal_code,orders,spent,born,updated,vip
1,ann@example.com,Ann,United States,01234,3,19.90,1980-05-17,2026-01-10 08:00:00,true
2,ben@example.com,Ben,united states,98104,0,0.5,1991-12-01,2026-03-01 12:30:00,false
3,cleo@example.com,Cléo,France,75001,12,250,,2025-11-30 23:59:59,true
4,,Dora,Germany,,1,-3.25,2000-02-29,2026-03-01 00:00:00,
5,eve@example.com,,,10115,,,1975-07-07,,false
"""


@pytest.fixture
def write(tmp_path):
    """Write a CSV file, as text (UTF-8) or as bytes, and return its path."""

    def _write(content: str | bytes, name: str = "profiles.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


@pytest.fixture
def make_source(db, write):
    """Import a CSV text or bytes as a source and return it."""

    def _make(
        content: str | bytes = PEOPLE, *, name: str = "People", key: str = "id", updated: str = ""
    ) -> ProfileSource:
        source, _made = ProfileSource.objects.get_or_create(name=name, defaults={"key_attribute": key})
        import_now(source, write(content), key=key, updated=updated)
        source.refresh_from_db()
        return source

    return _make


@pytest.fixture
def people(make_source) -> ProfileSource:
    return make_source(updated="updated")


@pytest.fixture
def americans(people) -> Segment:
    rules = {
        "op": "and",
        "rules": [{"attribute": "country", "operator": "equals", "value": "United States", "ignore_case": True}],
    }
    return Segment.objects.create(name="Americans", source=people, rules=rules)


@pytest.fixture
def adventureworks_csv() -> Path:
    if not ADVENTUREWORKS.exists():
        pytest.skip("The AdventureWorks sample file is not on this machine.")
    return ADVENTUREWORKS
