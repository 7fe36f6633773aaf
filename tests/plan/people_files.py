"""Small files of people, as exports.people writes them, and plans that are told of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from exports.plan.build import Baseline, People
from tests.exports.planning import Planned, plan

ROSTER = {
    "email": "VARCHAR",
    "contact_id": "VARCHAR",
    "profile_id": "VARCHAR",
    "export_id": "BIGINT",
    "first_sent": "TIMESTAMP",
    "last_sent": "TIMESTAMP",
    "run_id": "BIGINT",
    "confirmed": "TIMESTAMP",
    "on_list": "BOOLEAN",
    "updated": "TIMESTAMP",
    "left": "TIMESTAMP",
    "removed": "TIMESTAMP",
    "removed_by_run": "BIGINT",
}
OPT_OUTS = {"email": "VARCHAR", "contact_id": "VARCHAR", "kind": "VARCHAR", "at": "TIMESTAMP", "source": "VARCHAR"}
EXPORT, OTHER_EXPORT = 7, 8
TARGETS = ("email", "first_name")


def day(number: int) -> datetime:
    return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=number)


def known(email: str, **columns) -> dict:
    """An address that the export added in run 1 and that is on the list; `ours=False`: nobody added it."""
    ours = columns.pop("ours", True)
    row = {"email": email, "contact_id": f"c-{email}", "profile_id": "", "export_id": EXPORT, "run_id": 1}
    row |= {"first_sent": day(0), "last_sent": day(0), "confirmed": day(1), "on_list": True, "updated": day(0)}
    return row | ({} if ours else {"export_id": None}) | columns


def _naive(value):
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def write(path: Path, columns: dict[str, str], rows: list[dict]) -> Path:
    with duckdb.connect() as duck:
        names = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        duck.execute(f"CREATE TABLE row ({names})")
        for row in rows:
            marks = ", ".join("?" * len(columns))
            duck.execute(f"INSERT INTO row VALUES ({marks})", [_naive(row.get(name)) for name in columns])
        duck.execute(f"COPY row TO '{path}' (FORMAT parquet)")
    return path


def people(folder: Path, roster: list[dict] | None = None, opt_outs: list[dict] | None = None, **more) -> People:
    number = len(list(folder.iterdir()))
    return People(
        export_id=EXPORT,
        roster=None if roster is None else write(folder / f"roster_{number}.parquet", ROSTER, roster),
        opt_outs=None if opt_outs is None else write(folder / f"opt_outs_{number}.parquet", OPT_OUTS, opt_outs),
        **({"was_read": roster is not None, "comparable_runs": range(1, 100)} | more),
    )


def planned(
    folder: Path, profiles: dict[str, str], known_people: People, baseline: Baseline | None = None, **more
) -> Planned:
    """The plan of profiles {key: address}; each has the first name Ana."""
    rows = [(key, None, *(value if isinstance(value, tuple) else (value, "Ana"))) for key, value in profiles.items()]
    name = f"plan_{len(list(folder.iterdir()))}"
    return plan(folder, rows, TARGETS, baseline, name=name, people=known_people, **more)


def said(made: Planned) -> dict[str, tuple[str, str]]:
    """{address: (disposition, reason)}"""
    return {row["email"]: (row["disposition"], row["reason"]) for row in made.rows()}
