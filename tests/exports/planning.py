"""Plans of a handful of profiles, straight from the engine: no database row needed."""

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from exports.plan import build

LIST_ID = "11111111-1111-1111-1111-111111111111"


def stage(duck: duckdb.DuckDBPyConnection, profiles: Sequence[Sequence[str | None]], width: int) -> None:
    """Stage rows of (profile_id, updated_at, value_0 …) as the view `members`, in their order."""
    columns = ", ".join(["profile_id VARCHAR", "updated_at VARCHAR", *(f"value_{i} VARCHAR" for i in range(width))])
    duck.execute(f"CREATE TABLE member ({columns})")
    duck.execute("CREATE VIEW members AS SELECT rowid AS place, * FROM member")
    if profiles:
        duck.executemany(f"INSERT INTO member VALUES ({', '.join('?' * (width + 2))})", [list(row) for row in profiles])


def plan(
    tmp_path: Path, profiles, targets=("email",), baseline=None, max_profiles=1_000_000, name="plan", **more
) -> "Planned":
    path = tmp_path / f"{name}.parquet"
    with duckdb.connect(config={"preserve_insertion_order": True}) as duck:
        stage(duck, profiles, len(targets))
        made = build.write_plan(
            duck, build.Request(["members"], targets, [LIST_ID], baseline, max_profiles, **more), path
        )
    return Planned(made, path)


class Planned:
    def __init__(self, made: build.Plan, path: Path) -> None:
        self.made, self.path = made, path

    def rows(self) -> list[dict]:
        with duckdb.connect() as duck:
            cursor = duck.execute("SELECT * FROM read_parquet($path)", {"path": str(self.path)})
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def payloads(self) -> list[dict]:
        return [json.loads(row["payload"]) for row in self.rows() if row["disposition"] == "send"]

    def withheld_of(self, profile_id: str, targets: Sequence[str]) -> set[str]:
        """The targets whose values are not sent, because Constant Contact would refuse them."""
        (marks,) = [row["withheld"] for row in self.rows() if row["profile_id"] == profile_id]
        return {target for bit, target in enumerate(targets) if marks >> bit & 1}

    def disposition_of(self, profile_id: str) -> tuple[str, str]:
        (row,) = [row for row in self.rows() if row["profile_id"] == profile_id]
        return row["disposition"], row["reason"]
