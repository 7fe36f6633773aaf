"""Invented profiles in versions: from one to the next everybody's values change and a tenth of the addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from tests.outage.service import Values

# So wide that a few thousand fill a batch. What is compared comes first.
COMPARED = ("first_name", "last_name", "job_title", "company_name")
TEAMS = ("json", "csv")  # a file import knows no address of the office: those of one team go as JSON
MAPPING = {
    "json": {
        **{name: name for name in ("email", *COMPARED)},
        "work_street": "street",
        "work_street2": "street2",
        "work_city": "city",
    },
    "csv": {**{name: name for name in ("email", *COMPARED)}, "street": "street", "street2": "street2", "city": "city"},
}
LARGE, SMALL = 40_000, 13_000  # profiles, of both teams: about four batches an export, or one and a half
# Of each team: one in so many has no address that can be sent, one has an address of this version only.
FAULTY, NEW = 25, 10


def write(path: Path, version: int, rows: int) -> None:
    """Write the profiles of a version as a Parquet file."""
    query = f"""
        SELECT 'P' || n AS id,
               ['json', 'csv'][1 + n % 2] AS team,
               CASE WHEN n // 2 % {FAULTY} = 0 THEN ['', 'nobody at example'][1 + n // 2 // {FAULTY} % 2]
                    WHEN n // 2 % {NEW} = 1 THEN 'p' || n || '.v{version}@example.com'
                    ELSE 'p' || n || '@example.com' END AS email,
               'V{version}' AS first_name,
               'Number ' || n AS last_name,
               'Job {version} of ' || n AS job_title,
               'Company ' || n % 97 AS company_name,
               {_filler("street", 7, version)} AS street,
               {_filler("street2", 7, version)} AS street2,
               {_filler("city", 1, version)} AS city
        FROM range({rows}) AS numbers(n)
    """
    with duckdb.connect(config={"threads": 2}) as duck:
        duck.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def expected(team: str, version: int, rows: int) -> dict[str, Values]:
    """What Constant Contact has to have of everybody valid in a team, by address."""
    return dict(_people(team, version, rows))


def _people(team: str, version: int, rows: int) -> Iterator[tuple[str, Values]]:
    for number in range(TEAMS.index(team), rows, 2):
        if number // 2 % FAULTY == 0:
            continue
        newcomer = f".v{version}" if number // 2 % NEW == 1 else ""
        yield (
            f"p{number}{newcomer}@example.com",
            {
                "first_name": f"V{version}",
                "last_name": f"Number {number}",
                "job_title": f"Job {version} of {number}",
                "company_name": f"Company {number % 97}",
            },
        )


def _filler(name: str, times: int, version: int) -> str:
    """SQL of a text that doesn't shrink when it is packed: 32 letters so many times."""
    return " || ".join(f"md5('{name}{time}.{version}.' || n)" for time in range(times))
