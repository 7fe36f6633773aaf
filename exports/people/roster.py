"""The roster of a list: what is known of each address there. One Parquet file for each account and list, a row each.

The columns and the rules are in `folding`. A file is written once; `replace` is the one writer of the row that names
the one in use, by UPDATE … WHERE it still is the one that was read, so that of two writers one begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from duckdb import DuckDBPyConnection

from engine.files import store
from engine.sessions import open_engine, workspace
from exports.models import Batch, Export, Roster, Run

from . import folding, opt_outs
from .exported import stage
from .files import FORM, discard_all, local, names_of, quoted, replaced_with
from .folding import Change, SentBatch
from .suppressions import drop_erased

FOLDER = "rosters"
MEMORY = "256MB"
BUFFERS = 0.4  # of it, as plans have it: the rest is what the engine takes beside them
MAX_TRIES = 5
# Of Constant Contact's clock and ours, and of a reading that takes its time.
MARGIN = timedelta(minutes=5)


class RosterTakenError(Exception):
    """Others went on replacing the file, each time before it could be replaced."""


def roster_of(account_id: str, list_id: str) -> Roster | None:
    """Return the row of a list; None: nothing is known of it yet."""
    return Roster.objects.filter(account_id=account_id, list_id=list_id).first()


def path_of(roster: Roster) -> Path | None:
    """Return where the file of a roster is on this host; None: nobody is known. Raises StorageUnavailableError."""
    return local(roster.file)


def take_reading(
    roster: Roster, csv: Path, at: datetime, *, rows: int, theirs: datetime | None = None, took: float = 0
) -> bool:
    """Change the roster by an export of the list that was asked for at `at`. False: one of later is known already.

    `rows`: how many contacts it must hold. `took`: seconds of the job. `theirs`: `at` by Constant Contact's
    clock: who had opted out before it and is there came back. Who was erased is not taken in.
    Raises UnreadableFileError, RosterTakenError, StorageUnavailableError.
    """

    def change(duck: DuckDBPyConnection) -> Change:
        return folding.read_back(at, opt_outs=opt_outs.path_of(roster.account_id))

    def write_there(duck: DuckDBPyConnection, folder: Path) -> None:
        there = folder / "there.parquet"
        duck.execute(
            f"COPY (SELECT email FROM reading WHERE NOT is_opted_out) TO '{quoted(there)}' (FORMAT parquet)"  # noqa: S608
        )
        opt_outs.let_go(roster.account_id, there, before=theirs or at - MARGIN)

    with _engine(csv.parent) as (duck, folder):
        stage(duck, csv, "reading", rows=rows)
        drop_erased(duck, "reading")
        write_there(duck, folder)
        is_older = Q(read_at=None) | Q(read_at__lte=at)
        return replace(roster, duck, folder, change, only=is_older, read_at=at, activity_id="", failures=0, took=took)


def fold_run(run: Run) -> None:
    """Write into the roster of its list whom a run sent, once: whoever was in a batch that may have arrived.

    The run is over, or has nothing to send any more. May be repeated. Raises RosterTakenError, StorageUnavailableError.
    """
    if run.in_roster:
        return
    batches = [
        SentBatch(batch.number, batch.sent_at or batch.sending_at or run.queued_at, imported, confirmed)
        for batch, imported, confirmed in _arrived(run)
    ]
    # A run of a version that read no list: whom its plan calls unchanged are known from nowhere else.
    since = None if run.list_read_at else run.planned_at
    is_baseline = Export.objects.filter(baseline=run).exists()
    plan = local(run.plan_file)
    if plan is None or not (batches or (since and is_baseline)):
        Run.objects.filter(pk=run.pk).update(in_roster=True)
        run.in_roster = True
        return
    configuration = run.configuration
    roster, _made = Roster.objects.get_or_create(
        account_id=configuration["account_id"], list_id=configuration["list_id"]
    )

    def change(duck: DuckDBPyConnection) -> Change:
        # Whoever only tried the list with their own address is nobody's: they are no leaver of any segment.
        export_id = run.export_id if run.list_read_at and not run.is_trial else None
        return folding.fold(
            duck, plan, batches, run_id=run.pk, export_id=export_id, unchanged_since=since if is_baseline else None
        )

    with _engine(plan) as (duck, folder):
        replace(roster, duck, folder, change, run=run)
    run.in_roster = True


def fold_missed(account_id: str, list_id: str) -> None:
    """Fold the runs of a list that are over and are not in its roster, such as one that failed half-way.

    Of runs of a version without rosters, only those count whose plan is what an export compares itself with.
    """
    runs = Run.objects.filter(
        configuration__account_id=account_id, configuration__list_id=list_id, in_roster=False, finished_at__isnull=False
    )
    # Which ones is asked once: of one that ends meanwhile, whom it sent must not pass for known.
    missed = list(runs.order_by("pk").values_list("pk", flat=True))
    baselines = Export.objects.exclude(baseline=None).values("baseline")
    counted = Run.objects.filter(Q(list_read_at__isnull=False) | Q(pk__in=baselines), pk__in=missed)
    for run in counted.exclude(plan_file="").order_by("pk"):
        fold_run(run)
    Run.objects.filter(pk__in=missed).update(in_roster=True)


def count_missing(run: Run) -> dict[int, int]:
    """Return how many of each batch of a run are not on the list by name, as it was read back last."""
    roster = roster_of(run.configuration["account_id"], run.configuration["list_id"])
    plan = local(run.plan_file)
    if roster is None or plan is None:
        return {}
    with _engine(plan) as (duck, _folder):
        folding.stage(duck, path_of(roster))
        return folding.missing_by_batch(duck, plan)


def replace(
    roster: Roster,
    duck: DuckDBPyConnection,
    folder: Path,
    change: Callable[[DuckDBPyConnection], Change],
    *,
    only: Q | None = None,
    run: Run | None = None,
    **columns: Any,
) -> bool:
    """Write the roster as `change` makes it, and make that the one in use. False: it is not as `only` says any more.

    `run`: it is in the roster from then on; both are written, or neither is. Raises RosterTakenError.
    """
    for _try in range(MAX_TRIES):
        roster.refresh_from_db()
        if not Roster.objects.filter(only or Q(), pk=roster.pk).exists():
            return False
        if run is not None and Run.objects.filter(pk=run.pk, in_roster=True).exists():
            return True
        folding.stage(duck, path_of(roster))
        changed, target = change(duck), folder / "roster.parquet"
        duck.execute(f"COPY ({changed.query}) TO '{quoted(target)}' ({FORM})", dict(changed.values))
        name = store(FOLDER, target, ".parquet")
        earlier, over = replaced_with(roster, name)
        with transaction.atomic():
            rows = Roster.objects.filter(only or Q(), pk=roster.pk, file=roster.file)
            replaced = bool(rows.update(file=name, replaced=earlier, **columns))
            if replaced and run is not None:
                Run.objects.filter(pk=run.pk).update(in_roster=True)
        discard_all(over if replaced else [name])
        if replaced:
            roster.refresh_from_db()
            return True
    raise RosterTakenError


def names_in_use() -> set[str]:
    """The files that a row names, and those replaced a moment ago."""
    return {name for row in Roster.objects.all() for name in names_of(row)}


def _arrived(run: Run) -> Iterator[tuple[Batch, datetime | None, datetime | None]]:
    """The batches that may have arrived; when each was seen to be imported, and when all of it was accepted."""
    for batch in run.batches.filter(posts__gt=0).exclude(state=Batch.State.REFUSED, activity_id=""):
        imported = batch.confirmed_at if batch.state == Batch.State.COMPLETED else None
        yield batch, imported, imported if batch.is_confirmed else None


@contextmanager
def _engine(*reach: Path) -> Iterator[tuple[DuckDBPyConnection, Path]]:
    """An engine and a folder to write in. It reaches what is stored, and what is named."""
    with workspace() as folder, open_engine(MEMORY, buffers=BUFFERS, reach=[folder, *reach]) as duck:
        yield duck, folder
