"""Whom a run takes off its list or puts back: chosen once, kept in a file of the run, and noted in the roster.

The file (`removals/<uuid>.parquet`, Run.removal_file) has a row for each of them, by `place` from 0, those to take off
first: `email`, `contact_id`, `change` ("remove" or "add"), `kind` (leaver, former_address; of an undo: added, removed),
and what the roster said of their removal before (`was_removed`, `was_removed_by`).

Nobody is taken off but whom the roster calls ours and on the list, and who opted out or was deleted is not touched.

In the roster a change is noted twice. Before the first request: `removed_by_run` is the run and `removed` is empty,
which says that somebody asked for a change and that the next look at the list tells what came of it. After it, what
came of it by Constant Contact's own word. So a run that dies between the two leaves no false word behind: who is not on
the list at the next look was taken off by us, and did not leave.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone
from duckdb import DuckDBPyConnection

from engine.files import local_copy
from engine.sessions import open_engine, workspace
from exports.models import Export, Removal, Roster, Run
from exports.people import folding, opt_outs, roster, suppressions
from exports.people.files import naive
from exports.people.folding import Change, Stretch
from profiles.snapshots import store_parquet

from .baseline import CONFIRMED
from .dispositions import Disposition
from .earlier import columns_of
from .reader import plan_of
from .sql import listed

REMOVE, ADD = "remove", "add"
ADDED, REMOVED = "added", "removed"  # kinds of an undo
FOLDER = "removals"
MEMORY = "256MB"
# Of another export's plan: whom it has on the list, or is putting there.
_WANTED = (Disposition.SEND, Disposition.UNCHANGED, Disposition.UNCONFIRMED)
_ROW = "email VARCHAR, contact_id VARCHAR, change VARCHAR, kind VARCHAR, was_removed TIMESTAMP, was_removed_by BIGINT"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A file of a run, and how many are in it. `name` is empty where there is nobody."""

    name: str = ""
    remove: int = 0
    add: int = 0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a run's file, for whoever may see people."""

    email: str
    change: str
    kind: str


def choose(run: Run) -> Chosen:
    """Write the file of whom `run` changes on its list, and return it. The roster decides: without it, nobody.

    Raises FileNotFoundError when the plan that names them is gone, and StorageUnavailableError.
    """
    with _choosing(run, run.undoes) as (duck, folder):
        if duck is None:
            return Chosen()
        file = folder / "removals.parquet"
        place = "row_number() OVER (ORDER BY change = 'add', email) - 1 AS place"
        duck.execute(f"COPY (SELECT {place}, * FROM chosen ORDER BY 1) TO '{file}' (FORMAT parquet)")  # noqa: S608
        remove, add = _counted(duck)
        name = store_parquet(FOLDER, file) if remove + add else ""
    return Chosen(name, remove, add)


def expect_undo(undone: Run, limit: int) -> tuple[Chosen, list[Person]]:
    """Return how many an undo would take off and put back as far as is known now, and the first `limit` of them.

    The undo itself reads the list first: who left or opted out meanwhile is not touched. Raises what `choose` does.
    """
    with _choosing(undone, undone, is_read=False) as (duck, _folder):
        if duck is None:
            return Chosen(), []
        query = "SELECT email, change, kind FROM chosen ORDER BY change = 'add', email LIMIT $limit"
        found = [Person(*row) for row in duck.execute(query, {"limit": limit}).fetchall()]
        return Chosen("", *_counted(duck)), found


@contextmanager
def _choosing(
    run: Run, undone: Run | None, *, is_read: bool = True
) -> Iterator[tuple[DuckDBPyConnection | None, Path]]:
    """Open an engine with the table `chosen`, and a folder to write to. `is_read`: the list was read back for this."""
    known = roster.roster_of(run.configuration["account_id"], run.configuration["list_id"])
    path = roster.path_of(known) if known is not None else None
    with workspace() as folder:
        if path is None:
            yield None, folder
            return
        gone = opt_outs.path_of(run.configuration["account_id"])
        plan = plan_of(run if undone is None else undone)
        before = local_copy(undone.removal_file) if undone is not None and undone.removal_file else None
        wanted = _wanted_elsewhere(run) if undone is not None else []
        reach = [each for each in (folder, path, gone, plan, before, *wanted) if each is not None]
        with open_engine(MEMORY, reach=reach) as duck:
            duck.execute(f"CREATE TEMP TABLE chosen ({_ROW})")
            _view(duck, "roster", path)
            _view(duck, "plan", plan)
            _view_of_opt_outs(duck, gone)
            if undone is None:
                _choose_leavers(duck, run)
            else:
                _view_of_wanted(duck, wanted)
                _choose_added(duck, undone, plan, is_read=is_read)
                if before is not None:
                    _view(duck, "before", before)
                    _choose_removed(duck, undone)
                    _leave_out_suppressed(duck, run)
            yield duck, folder


def _counted(duck: DuckDBPyConnection) -> tuple[int, int]:
    counts = "count(*) FILTER (change = 'remove'), count(*) FILTER (change = 'add')"
    remove, add = duck.execute(f"SELECT {counts} FROM chosen").fetchall()[0]  # noqa: S608 - words of ours
    return int(remove), int(add)


def _view(duck: DuckDBPyConnection, name: str, path: Path) -> None:
    duck.execute(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet('{path}')")  # noqa: S608 - a path of ours


def _view_of_opt_outs(duck: DuckDBPyConnection, path: Path | None) -> None:
    source = f"FROM read_parquet('{path}')" if path is not None else "FROM (SELECT NULL::VARCHAR AS email) WHERE false"
    duck.execute(f"CREATE TEMP VIEW gone AS SELECT email {source}")


def _view_of_wanted(duck: DuckDBPyConnection, plans: Sequence[Path]) -> None:
    rows = "SELECT email FROM read_parquet('%s') WHERE disposition IN %s"
    parts = [rows % (path, listed(_WANTED)) for path in plans] or ["SELECT NULL::VARCHAR AS email WHERE false"]
    duck.execute(f"CREATE TEMP VIEW wanted AS {' UNION ALL '.join(parts)}")


def _wanted_elsewhere(run: Run) -> list[Path]:
    """The plans of what other exports have on the same list. Raises FileNotFoundError when one is gone.

    Then it can't be told whom they want, and nobody is taken from them.
    """
    others = Export.objects.exclude(pk=run.export_id).exclude(baseline=None).select_related("baseline")
    here = (run.configuration["account_id"], run.configuration["list_id"])
    baselines = [each.baseline for each in others if each.baseline is not None]
    there = [(each.configuration.get("account_id"), each.configuration.get("list_id")) for each in baselines]
    return [plan_of(each) for each, place in zip(baselines, there, strict=True) if place == here]


# Who is on the list and was not taken off by us, did not leave, opt out or vanish. Nobody else is ever touched.
_OURS = """
    roster."left" IS NULL AND roster.removed IS NULL
    AND roster.email NOT IN (SELECT email FROM gone)
"""
_ON_LIST = "roster.on_list AND roster.confirmed IS NOT NULL AND roster.contact_id <> ''"


def _choose_leavers(duck: DuckDBPyConnection, run: Run) -> None:
    """Whom the plan says: leavers of the segments, and former addresses.

    A former address stays until the new one certainly is at Constant Contact: else the person would be on the list
    under neither. The next run finds it again.
    """
    confirmed = list(run.batches.filter(CONFIRMED).values_list("number", flat=True))
    duck.execute(
        f"""
        INSERT INTO chosen
        SELECT DISTINCT ON (roster.email) roster.email, roster.contact_id, '{REMOVE}', plan.disposition, NULL, NULL
        FROM plan JOIN roster ON roster.email = plan.email
        WHERE plan.disposition IN {listed((Disposition.LEAVER, Disposition.FORMER_ADDRESS))}
            AND split_part(plan.reason, ' ', 1) = 'remove'
            AND roster.export_id = $export AND {_OURS} AND {_ON_LIST}
            AND roster.email NOT IN (SELECT email FROM plan WHERE batch IS NOT NULL)
            AND NOT (plan.disposition = '{Disposition.FORMER_ADDRESS}' AND split_part(plan.reason, ' ', 2) IN (
                SELECT email FROM plan WHERE batch IS NOT NULL AND NOT list_contains($confirmed::INTEGER[], batch)
            ))
        ORDER BY roster.email
        """,  # noqa: S608 - words of ours
        {"export": run.export_id, "confirmed": confirmed},
    )


def _choose_added(duck: DuckDBPyConnection, undone: Run, plan: Path, *, is_read: bool) -> None:
    """Whom a run added: sent by it, ours, and not on the list before it; as long as no other export wants them too."""
    was_on_list = "plan.on_list" if "on_list" in columns_of(duck, plan) else "NULL::BOOLEAN"
    duck.execute(
        f"""
        INSERT INTO chosen
        SELECT DISTINCT ON (roster.email) roster.email, roster.contact_id, '{REMOVE}', '{ADDED}', NULL, NULL
        FROM plan JOIN roster ON roster.email = plan.email
        WHERE plan.batch IS NOT NULL AND roster.export_id = $export AND {_OURS}
            AND ({_ON_LIST if is_read else "coalesce(roster.on_list, true)"})
            AND NOT coalesce({was_on_list}, roster.first_sent < $begun)
            AND list_contains($runs::BIGINT[], roster.run_id)
            AND roster.email NOT IN (SELECT email FROM wanted)
        ORDER BY roster.email
        """,  # noqa: S608 - words of ours
        {
            "export": undone.export_id,
            "begun": naive(undone.started_at or undone.queued_at),
            "runs": list(Run.objects.filter(export=undone.export_id).values_list("pk", flat=True)),
        },
    )


def _choose_removed(duck: DuckDBPyConnection, undone: Run) -> None:
    """Whom a run took off: as the roster still says, unless they left, opted out or were deleted meanwhile."""
    duck.execute(
        f"""
        INSERT INTO chosen
        SELECT DISTINCT ON (roster.email) roster.email, roster.contact_id, '{ADD}', '{REMOVED}',
            roster.removed, roster.removed_by_run
        FROM before JOIN roster ON roster.email = before.email
        WHERE before.change = '{REMOVE}' AND roster.removed_by_run = $run AND roster.removed IS NOT NULL
            AND roster."left" IS NULL AND NOT coalesce(roster.on_list, false) AND roster.contact_id <> ''
            AND roster.email NOT IN (SELECT email FROM gone) AND roster.email NOT IN (SELECT email FROM chosen)
        ORDER BY roster.email
        """,  # noqa: S608 - words of ours
        {"run": undone.pk},
    )


def _leave_out_suppressed(duck: DuckDBPyConnection, run: Run) -> None:
    """Nobody is put back who was suppressed here since."""
    suppressions.stage(
        duck,
        f"(SELECT email FROM chosen WHERE change = '{ADD}')",  # noqa: S608 - words of ours
        connection_id=run.export.connection_id,
    )
    duck.execute(f"DELETE FROM chosen WHERE change = '{ADD}' AND email IN (SELECT email FROM suppressed)")  # noqa: S608


def contact_ids(run: Run, job: Removal) -> list[str]:
    """Return whom a job is about, by their contact ids. Raises FileNotFoundError and StorageUnavailableError."""
    return [str(each) for (each,) in _rows(run, "contact_id", job.first, job.rows)]


def contacts(run: Run, job: Removal) -> tuple[bytes, int]:
    """Return whom a job is about, as the contacts of an import that holds nothing but their addresses, and how many.

    Raises what contact_ids does.
    """
    pieces = [json.dumps({"email": email}) for (email,) in _rows(run, "email", job.first, job.rows)]
    return ",".join(pieces).encode(), len(pieces)


def people(run: Run, limit: int) -> list[Person]:
    """Return the first of those whom a run takes off the list or puts back, in the order of their addresses.

    Raises what contact_ids does.
    """
    if not run.removal_file:
        return []
    return [Person(*row) for row in _rows(run, "email, change, kind", 0, limit)]


def find(run: Run, address: str) -> tuple[Person, int] | None:
    """Return what a run does with an address, and its place in the file; or None. Raises what contact_ids does."""
    path = local_copy(run.removal_file)
    with open_engine("128MB", reach=[path]) as duck:
        query = "SELECT email, change, kind, place FROM read_parquet($path) WHERE email = $address"
        found = duck.execute(query, {"path": str(path), "address": address}).fetchall()
    return (Person(*found[0][:3]), int(found[0][3])) if found else None


def all_people(run: Run) -> Iterator[tuple[str, ...]]:
    """Yield everybody of a run's file as (email, change, kind). Raises what contact_ids does."""
    path = local_copy(run.removal_file)
    with open_engine("128MB", reach=[path]) as duck:
        cursor = duck.execute("SELECT email, change, kind FROM read_parquet($path) ORDER BY place", {"path": str(path)})
        while rows := cursor.fetchmany(5000):
            yield from rows


def _rows(run: Run, columns: str, first: int, rows: int) -> list[tuple[str, ...]]:
    path = local_copy(run.removal_file)
    with open_engine("128MB", reach=[path]) as duck:
        query = f"SELECT {columns} FROM read_parquet($path) WHERE place >= $first AND place < $end ORDER BY place"  # noqa: S608
        return duck.execute(query, {"path": str(path), "first": first, "end": first + rows}).fetchall()


def note_asked(run: Run) -> None:
    """Write into the roster that a change is asked for of everybody in the run's file; may be repeated.

    Raises RosterTakenError, FileNotFoundError and StorageUnavailableError.
    """
    _change(run, lambda changes: folding.note_asked(changes, run_id=run.pk))


def note_removed(run: Run) -> None:
    """Write into the roster what came of the run's jobs; may be repeated. Raises what note_asked does.

    A job that did all of its people is the truth about each. Of one that did fewer, or of which it is not known what it
    did, the next look at the list tells. What was never asked for stands as it stood.
    """
    stretches = [Stretch(job.first, job.first + job.rows, _outcome(job)) for job in _last_jobs(run)]
    _change(run, lambda changes: folding.note_removed(changes, stretches, timezone.now(), run_id=run.pk))


def _last_jobs(run: Run) -> list[Removal]:
    """Of each stretch the job that was to do it in the end: contact ids in place of a list that could not be used."""
    jobs = list(run.removals.filter(kind__in=Removal.OF_THE_LIST))
    by_ids = any(job.kind == Removal.Kind.REMOVE for job in jobs)
    return [job for job in jobs if not (by_ids and job.kind == Removal.Kind.REMOVE_ALL)]


def _outcome(job: Removal) -> str:
    if job.state == Removal.State.COMPLETED and job.done >= job.rows:
        return "added" if job.kind == Removal.Kind.ADD else "removed"
    return "never" if job.state == Removal.State.CANCELLED and not job.posts else "unknown"


def _change(run: Run, change: Callable[[Path], Change]) -> None:
    known = roster.roster_of(run.configuration["account_id"], run.configuration["list_id"])
    if known is None:
        return
    changes = local_copy(run.removal_file)
    with workspace() as folder, open_engine(MEMORY, reach=[folder, changes]) as duck:
        roster.replace(known, duck, folder, lambda duck: change(changes))


def age_of_list(run: Run) -> float:
    """Return how many seconds ago the run's list was read back; without end when it never was."""
    known: Roster | None = roster.roster_of(run.configuration["account_id"], run.configuration["list_id"])
    if known is None or known.read_at is None:
        return float("inf")
    return (timezone.now() - known.read_at).total_seconds()
