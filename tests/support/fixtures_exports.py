"""An export that works, from a source with a few profiles to a list of the sandbox."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from connections.models import Connection
from exports.models import Export, Refresh, RefreshStep, Run
from exports.schedule.refresh import advance_refresh
from exports.tasks import advance_run
from profiles.models import ProfileSource
from segments.models import Evaluation, Segment
from segments.tasks import evaluate_segment
from tests.support.sandbox import Sandbox

MAPPING = {"email": "email", "first_name": "first_name", "last_name": "last_name"}
COUNTRY = {"attribute": "country", "operator": "equals", "value": "France", "ignore_case": True}
PEOPLE = [
    {"id": "1", "email": "ana@example.com", "first_name": "Ana", "last_name": "Alvarez", "country": "France"},
    {"id": "2", "email": "ben@example.com", "first_name": "Ben", "last_name": "Brown", "country": "France"},
    {"id": "3", "email": "chen@example.com", "first_name": "Chen", "last_name": "", "country": "France"},
    {"id": "4", "email": "josé@example.com", "first_name": "José", "last_name": "Diaz", "country": "France"},
    {"id": "5", "email": "", "first_name": "Emil", "last_name": "Eriksen", "country": "France"},
    {"id": "6", "email": "ANA@example.com", "first_name": "Ana", "last_name": "Twice", "country": "France"},
    {"id": "7", "email": "goro@example.com", "first_name": "Goro", "last_name": "Garcia", "country": "Japan"},
]
REACHED = {"ana@example.com", "ben@example.com", "chen@example.com"}


def write_csv(path: Path, people: Iterable[Mapping[str, Any]]) -> Path:
    people = list(people)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(people[0]))
        writer.writeheader()
        writer.writerows(people)
    return path


def make_source(folder: Path, people: Iterable[Mapping[str, Any]] = PEOPLE, name: str = "Customers") -> ProfileSource:
    """Import `people` as a source, or anew into the one of that name."""
    path = write_csv(folder / "people.csv", people)
    call_command("import_profiles", str(path), source=name, key="id", verbosity=0)
    return ProfileSource.objects.get(name=name)


def make_segment(source: ProfileSource, name: str = "France", rules: list[dict[str, Any]] | None = None) -> Segment:
    return Segment.objects.create(
        name=name, source=source, rules={"op": "and", "rules": [COUNTRY] if rules is None else rules}
    )


def make_export(connection: Connection, list_id: str, *segments: Segment, **columns: Any) -> Export:
    export = Export.objects.create(
        **{
            "name": "Newsletter",
            "connection": connection,
            "list_id": list_id,
            "list_name": "Newsletter",
            "list_account_id": connection.account_id,
            "mapping": MAPPING,
            **columns,
        }
    )
    export.segments.set(segments)
    return export


@pytest.fixture
def list_id(sandbox: Sandbox) -> str:
    return sandbox.add_list("Newsletter for France")


@pytest.fixture
def source(db: None, tmp_path: Path) -> ProfileSource:
    return make_source(tmp_path)


@pytest.fixture
def export(source: ProfileSource, connection: Connection, list_id: str) -> Export:
    """An export of the people in France (6, of whom 3 can be sent) to a list of the sandbox."""
    return make_export(connection, list_id, make_segment(source))


def work_once(run: Run) -> Run:
    """What a worker does with the run's next message, without waiting for its time."""
    Run.objects.open().filter(pk=run.pk).update(resume_at=timezone.now())
    advance_run(run.pk)
    run.refresh_from_db()
    return run


def work_until(run: Run, stage: Run.Stage, most: int = 20) -> Run:
    """What workers do with a run until it stands in `stage`, has passed it, or is over, without waiting between.

    A list that has members is read back before the plan, which takes a run several visits.
    """
    for _time in range(most):
        if not run.is_open or run.stages.index(Run.Stage(run.stage)) >= run.stages.index(stage):
            return run
        work_once(run)
    raise AssertionError(f"The run is still {run.status} in {run.stage} ({run.reason}).")


def work_until_over(run: Run, most: int = 50) -> Run:
    """What workers do with a run until it is over, without waiting between."""
    for _time in range(most):
        if not run.is_open:
            return run
        work_once(run)
    raise AssertionError(f"The run is still {run.status} in {run.stage} ({run.reason}).")


def refresh_until_over(refresh: Refresh, most: int = 20) -> Refresh:
    """What workers do with a system refresh and its evaluations until it is over, without waiting between."""
    for _time in range(most):
        advance_refresh(refresh.pk)
        refresh.refresh_from_db()
        if not refresh.is_open:
            return refresh
        for pk in Evaluation.objects.filter(status=Evaluation.Status.QUEUED).values_list("pk", flat=True):
            evaluate_segment(pk)
        RefreshStep.objects.update(resume_at=None)
    raise AssertionError("The refresh is still open.")


def on_list(sandbox: Sandbox, list_id: str) -> set[str]:
    return {member["email"] for member in sandbox.members(list_id)}


def api_calls(sandbox: Sandbox) -> list[str]:
    """The requests that counted against the API key, as "METHOD path"."""
    return [f"{each['method']} {each['path']}" for each in sandbox.requests() if each["path"].startswith("/v3/")]
