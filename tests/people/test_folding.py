"""The rules of a roster, on small tables: what a reading of the list, a run and a removal say of each address."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from engine.sessions import open_engine
from exports.people import folding
from exports.people.folding import COLUMNS, Change, SentBatch

T = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ANN, BOB = "ann@example.com", "bob@example.com"
OURS = {
    "export_id": 7,
    "profile_id": "1",
    "first_sent": T - DAY,
    "last_sent": T - DAY,
    "imported": T - DAY,
    "run_id": 1,
}


class Rosters:
    """A roster in the engine, changed step by step."""

    def __init__(self, duck: DuckDBPyConnection, folder: Path) -> None:
        self._duck, self._folder = duck, folder
        folding.stage(duck, None)
        self._take(Change("SELECT * FROM roster", {}))

    def have(self, email: str, **columns: Any) -> None:
        row = {name: columns.get(name) for name in COLUMNS} | {"email": email}
        row |= {name: row[name] or "" for name in ("contact_id", "profile_id")}
        values = {
            f"c{place}": folding.naive(value) if isinstance(value, datetime) else value
            for place, value in enumerate(row.values())
        }
        cells = ", ".join(f"${name}::{kind}" for name, kind in zip(values, COLUMNS.values(), strict=True))
        self._duck.execute(f"INSERT INTO kept SELECT {cells}", values)

    def read(self, *there: str, at: datetime = T, opted_out: str = "") -> None:
        rows = ", ".join(f"('{email}', 'id-{email}', false, TIMESTAMP '2026-05-01')" for email in there)
        names = "(email, contact_id, is_opted_out, updated)"
        self._duck.execute(
            "CREATE OR REPLACE TEMP TABLE reading "
            "(email VARCHAR, contact_id VARCHAR, is_opted_out BOOLEAN, updated TIMESTAMP)"
        )
        if rows:
            self._duck.execute(f"INSERT INTO reading {names} VALUES {rows}")
        opt_outs = self._file("opt_outs", f"SELECT '{opted_out}' AS email") if opted_out else None
        self._take(folding.read_back(at, opt_outs=opt_outs))

    def fold(
        self, plan: Mapping[str, int | None], *batches: SentBatch, run: int = 2, export: int | None = 7, **how: Any
    ):
        rows = " UNION ALL ".join(
            f"SELECT '{email}' AS email, '9' AS profile_id, {batch or 'NULL'}::INTEGER AS batch, "
            f"'{'send' if batch else 'unchanged'}' AS disposition"
            for email, batch in plan.items()
        )
        path = self._file("plan", rows)
        self._take(folding.fold(self._duck, path, batches, run_id=run, export_id=export, **how))

    def remove(self, email: str, at: datetime = T, run: int = 3) -> None:
        path = self._file("removed", f"SELECT '{email}' AS email")
        self._take(folding.note_removed(path, at, run_id=run))

    def __getitem__(self, email: str) -> dict[str, Any]:
        rows = self._duck.execute("SELECT * FROM kept WHERE email = $email", {"email": email}).fetchall()
        assert len(rows) == 1, rows
        found = dict(zip(COLUMNS, rows[0], strict=True))
        return {
            name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in found.items()
        }

    def __contains__(self, email: str) -> bool:
        return bool(self._duck.execute("SELECT 1 FROM kept WHERE email = $email", {"email": email}).fetchall())

    def _file(self, name: str, query: str) -> Path:
        path = self._folder / f"{name}.parquet"
        self._duck.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
        return path

    def _take(self, change: Change) -> None:
        self._duck.execute(f"CREATE OR REPLACE TEMP TABLE changed AS {change.query}", dict(change.values))
        self._duck.execute("CREATE OR REPLACE TEMP TABLE kept AS SELECT * FROM changed")
        self._duck.execute("CREATE OR REPLACE TEMP VIEW roster AS SELECT * FROM kept")


@pytest.fixture
def roster(tmp_path: Path) -> Iterator[Rosters]:
    with open_engine("64MB", reach=[tmp_path]) as duck:
        yield Rosters(duck, tmp_path)


def sent(number: int = 1, at: datetime = T, **ends: datetime) -> SentBatch:
    return SentBatch(number, at, **ends)


def accepted(number: int = 1, at: datetime = T) -> SentBatch:
    return SentBatch(number, at, at + SECOND, at + SECOND)


def test_whoever_is_on_the_list_and_was_never_sent_is_not_ours_and_stays_so(roster):
    roster.read(ANN)
    assert roster[ANN]["on_list"]
    assert (roster[ANN]["export_id"], roster[ANN]["confirmed"], roster[ANN]["contact_id"]) == (None, T, f"id-{ANN}")
    # There before our first sending: it changes their values and not whose they are.
    roster.fold({ANN: 1}, accepted(at=T + HOUR))
    roster.read(ANN, at=T + DAY)
    assert (roster[ANN]["export_id"], roster[ANN]["run_id"], roster[ANN]["profile_id"]) == (None, 2, "9")


def test_whom_a_run_puts_on_the_list_is_its_exports_own(roster):
    roster.fold({ANN: 1, BOB: None}, accepted())
    assert BOB not in roster  # unchanged, so known from before
    assert (roster[ANN]["export_id"], roster[ANN]["first_sent"], roster[ANN]["on_list"]) == (7, T, None)
    assert roster[ANN]["confirmed"] == T + SECOND
    roster.read(ANN, at=T + HOUR)
    assert (roster[ANN]["export_id"], roster[ANN]["on_list"], roster[ANN]["confirmed"]) == (7, True, T + HOUR)
    # Another export that sends the same person does not take them over.
    roster.fold({ANN: 1}, accepted(at=T + 2 * HOUR), run=5, export=8)
    assert (roster[ANN]["export_id"], roster[ANN]["first_sent"], roster[ANN]["run_id"]) == (7, T, 5)


def test_a_run_that_is_folded_twice_changes_nothing_more(roster):
    roster.fold({ANN: 1}, accepted())
    roster.read(ANN, at=T + HOUR)
    before = roster[ANN]
    roster.fold({ANN: 1}, accepted())
    assert roster[ANN] == before


def test_only_batches_that_may_have_arrived_are_folded(roster):
    roster.fold({ANN: 1, BOB: 2}, accepted(2))
    assert ANN not in roster
    assert BOB in roster


def test_a_run_that_read_no_list_makes_nobody_its_own_and_knows_the_unchanged(roster):
    roster.fold({ANN: 1, BOB: None}, accepted(), export=None, unchanged_since=T)
    assert (roster[ANN]["export_id"], roster[BOB]["export_id"]) == (None, None)
    roster.read(ANN, at=T + HOUR)
    # Bob was on the list, and left it before it was read for the first time.
    assert roster[BOB]["left"] == T + HOUR


def test_who_was_there_and_is_there_no_more_has_left_whoever_put_them_there(roster):
    roster.have(ANN, **OURS, confirmed=T - HOUR, on_list=True)
    roster.have(BOB, confirmed=T - HOUR, on_list=True)
    roster.read()
    for email in (ANN, BOB):
        assert (roster[email]["left"], roster[email]["on_list"]) == (T, False)
    roster.read(at=T + DAY)
    assert roster[ANN]["left"] == T  # since when, not when it was seen last


def test_who_opted_out_is_not_said_to_have_left(roster):
    roster.have(ANN, **OURS, confirmed=T - HOUR, on_list=True)
    roster.read(opted_out=ANN)
    assert (roster[ANN]["left"], roster[ANN]["on_list"]) == (None, False)
    # Back in the account and not on this list: that they left it holds.
    roster.read(at=T + DAY)
    assert roster[ANN]["left"] == T + DAY


@pytest.mark.parametrize(
    "columns",
    [
        {"confirmed": T - HOUR, "on_list": False, "left": T - HOUR},
        {"confirmed": T - HOUR, "on_list": False, "removed": T - HOUR, "removed_by_run": 1},
        {"on_list": False},  # was missing, or opted out
    ],
)
def test_who_is_back_by_their_own_doing_is_free_and_not_ours(roster, columns):
    roster.have(ANN, **OURS, **columns)
    roster.read(ANN)
    found = roster[ANN]
    assert (found["on_list"], found["left"], found["removed"], found["removed_by_run"]) == (True, None, None, None)
    assert found["export_id"] is None


def test_who_was_in_a_finished_import_and_never_on_the_list_is_missing(roster):
    roster.fold({ANN: 1}, sent(at=T - HOUR, imported=T - HOUR + SECOND))
    roster.read()
    assert (roster[ANN]["on_list"], roster[ANN]["left"], roster[ANN]["export_id"]) == (False, None, 7)
    # Sent once more: it is open again, and then they are seen there.
    roster.fold({ANN: 1}, sent(at=T + HOUR, imported=T + HOUR), run=3)
    assert roster[ANN]["on_list"] is None
    roster.read(ANN, at=T + DAY)
    assert (roster[ANN]["on_list"], roster[ANN]["export_id"]) == (True, 7)


def test_what_was_sent_or_removed_after_a_reading_began_is_not_judged_by_it(roster):
    roster.have(ANN, **(OURS | {"last_sent": T + SECOND, "imported": T + HOUR}), confirmed=T - HOUR)
    roster.have(BOB, **OURS, confirmed=T - HOUR, on_list=False, removed=T + SECOND, removed_by_run=3)
    before = roster[ANN], roster[BOB]
    roster.read(BOB)
    assert (roster[ANN], roster[BOB] | {"contact_id": ""}) == before


def test_an_import_that_may_be_under_way_says_nothing_of_who_is_not_there_yet(roster):
    roster.fold({ANN: 1, BOB: 2}, sent(1, T - HOUR), sent(2, T - HOUR, imported=T + SECOND))
    roster.read()
    assert roster[ANN]["on_list"] is None
    assert roster[BOB]["on_list"] is None
    roster.read(at=T + DAY)  # no import takes that long
    assert roster[ANN]["on_list"] is False


def test_who_is_there_is_there_also_when_nobody_saw_the_import_end(roster):
    roster.fold({ANN: 1}, sent(1, T - HOUR))
    roster.read(ANN)
    assert (roster[ANN]["on_list"], roster[ANN]["confirmed"], roster[ANN]["export_id"]) == (True, T, 7)


def test_whom_we_removed_and_who_stays_away_has_not_left(roster):
    roster.have(ANN, **OURS, confirmed=T - HOUR, on_list=True)
    roster.remove(ANN, at=T - SECOND)
    assert (roster[ANN]["removed"], roster[ANN]["removed_by_run"], roster[ANN]["on_list"]) == (T - SECOND, 3, False)
    roster.remove(ANN, at=T + DAY)  # noted twice
    roster.read()
    assert (roster[ANN]["removed"], roster[ANN]["left"], roster[ANN]["on_list"]) == (T - SECOND, None, False)
    # Put back by a later run: ours again, and not known to be on the list by what was known before.
    roster.fold({ANN: 1}, sent(at=T + HOUR, imported=T + HOUR), run=4, export=8)
    found = roster[ANN]
    assert (found["removed"], found["export_id"], found["confirmed"], found["on_list"]) == (None, 8, None, None)
    roster.read(at=T + DAY)
    assert (roster[ANN]["left"], roster[ANN]["on_list"]) == (None, False)


def test_two_readings_of_one_second_say_the_later_one(roster):
    roster.have(ANN, **OURS, confirmed=T - HOUR, on_list=True)
    roster.read()
    roster.read(ANN)
    assert (roster[ANN]["on_list"], roster[ANN]["left"], roster[ANN]["confirmed"]) == (True, None, T)
    roster.read()
    assert (roster[ANN]["on_list"], roster[ANN]["left"]) == (False, T)
