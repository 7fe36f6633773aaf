"""The whole way of a file: imported, made a segment of, run by the queue's task, and read back from the list."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import call_command

from exports.destination import custom_fields
from exports.models import Export, Run
from exports.plan.reader import left_out_rows
from exports.runs import start_run
from profiles.choosing import choose
from profiles.models import ProfileSource
from segments.members.query import count_members
from tests.support.fixtures_exports import make_export, make_segment, work_until_over

# Inputs that developers have beside the checkout; whatever else is tried here is written by the tests themselves.
INPUTS = Path(os.environ.get("AWKWARD_INPUTS") or Path(__file__).resolve().parents[3] / "shared" / "data" / "awkward")


@pytest.fixture(autouse=True)
def _real_transactions(transactional_db):
    """Tokens are refreshed in transactions of their own: whatever runs an export needs real ones."""


@pytest.fixture
def beside() -> Callable[[str], Path]:
    """Return a file of the inputs beside the checkout, named as `number of its folder/file`."""

    def _beside(name: str) -> Path:
        if not INPUTS.exists():
            pytest.skip("The inputs ../shared/data/awkward are not beside this checkout.")
        (folder,) = INPUTS.glob(f"{name.partition('/')[0]}-*")
        return folder / name.partition("/")[2]

    return _beside


@pytest.fixture
def made_by(tmp_path: Path) -> Callable[[Path, str], Path]:
    """Run a script that writes a file, and return that."""

    def _made_by(script: Path, name: str) -> Path:
        subprocess.run([sys.executable, str(script)], cwd=tmp_path, check=True)
        return tmp_path / name

    return _made_by


@dataclass(frozen=True)
class Sent:
    """What became of a file: `listed` is everybody on the list, each with the values there, by address."""

    source: ProfileSource
    export: Export
    run: Run
    members: int
    listed: Mapping[str, Mapping[str, Any]]

    def values(self, field: str) -> dict[str, str]:
        """Return the value of a field that each person on the list has; "" where they have none."""
        if field.startswith("cf:"):
            return {email: each["custom_fields"].get(field[3:], "") for email, each in self.listed.items()}
        return {email: each.get(field, "") for email, each in self.listed.items()}

    def reported(self) -> list[tuple[str, str, str]]:
        """Return who is in the report of a run: (key, reason, attribute)."""
        return [
            (str(key), str(reason), str(attribute))
            for key, _email, reason, attribute, *_more in left_out_rows(self.run)
        ]


@pytest.fixture
def import_file(tmp_path: Path) -> Callable[..., ProfileSource]:
    """Import a file, or the text or bytes of one, into the source of that name; `formats` is what a person chooses."""

    def _import(
        content: Path | str | bytes,
        *,
        key: str = "id",
        name: str = "People",
        formats: Mapping[str, str] | None = None,
        ending: str = "csv",
        **options: str,
    ) -> ProfileSource:
        path = content if isinstance(content, Path) else tmp_path / f"people.{ending}"
        if not isinstance(content, Path):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        call_command("import_profiles", str(path), source=name, key=key, verbosity=0, **options)
        for attribute, format in (formats or {}).items():
            choose(ProfileSource.objects.get(name=name), attribute, format)
        return ProfileSource.objects.get(name=name)

    return _import


@pytest.fixture
def run_source(connection, sandbox, list_id, bob) -> Callable[..., Sent]:
    """Send the members of a segment of a source; `mapping` names the attribute of each target."""

    def _run(source: ProfileSource, mapping: Mapping[str, str], rules: Sequence[Mapping[str, Any]] = ()) -> Sent:
        segment = make_segment(source, f"Segment of {source.name}", list(map(dict, rules)))
        fields = {
            custom_fields.create(connection, target[3:])[0] if target.startswith("cf:") else target: attribute
            for target, attribute in mapping.items()
        }
        export = make_export(connection, list_id, segment, mapping={"email": "email", **fields})
        run = work_until_over(start_run(export, by=bob)[0])
        listed = {member["email"]: member for member in sandbox.members(list_id)}
        return Sent(source, export, run, count_members(segment), listed)

    return _run


@pytest.fixture
def send(import_file, run_source) -> Callable[..., Sent]:
    """Import a file and send everybody who meets `rules`, with the values that `mapping` names."""

    def _send(
        content: Path | str | bytes,
        mapping: Mapping[str, str] | None = None,
        rules: Sequence[Mapping[str, Any]] = (),
        **options: Any,
    ) -> Sent:
        return run_source(import_file(content, **options), mapping or {}, rules)

    return _send


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as the sheet of a workbook, with formats of numbers by cell."""

    def _write(rows: Sequence[Sequence[Any]], formats: Mapping[str, str] | None = None) -> Path:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(list(row))
        for cell, number_format in (formats or {}).items():
            book.active[cell].number_format = number_format
        book.save(tmp_path / "people.xlsx")
        return tmp_path / "people.xlsx"

    return _write


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[[str], Path]:
    """Write the rows of a query as a Parquet file."""
    import duckdb

    def _write(query: str) -> Path:
        path = tmp_path / "people.parquet"
        with duckdb.connect() as duck:
            duck.execute("SET TimeZone = 'UTC'")
            duck.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        return path

    return _write


def is_(attribute: str, value: str, operator: str = "equals") -> dict[str, Any]:
    """A condition of a rule."""
    return {"attribute": attribute, "operator": operator, "value": value}


def people(values: Sequence[Any], column: str = "value", delimiter: str = ",") -> str:
    """A CSV file with one person for each value: p1@example.com, p2@example.com …"""
    rows = [delimiter.join([str(n), f"p{n}@example.com", str(value)]) for n, value in enumerate(values, start=1)]
    return "\n".join([delimiter.join(["id", "email", column]), *rows]) + "\n"


def by_person(values: Sequence[Any]) -> dict[str, Any]:
    """The same people with these values."""
    return {f"p{n}@example.com": value for n, value in enumerate(values, start=1)}
