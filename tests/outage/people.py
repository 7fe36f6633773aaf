"""Invented profiles in versions: from one to the next everybody's values change and a tenth of the addresses.

All contacts are equally long, so that all full batches of all runs have equally many rows: whoever takes one import for
another because of their number is found out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from tests.outage.service import Values

TEAMS = ("a", "b")  # the export of each has people of its own
# So wide that a few thousand fill a batch. What is compared comes first.
COMPARED = ("first_name", "last_name", "job_title", "company_name")
_PLAIN = {name: name for name in ("email", *COMPARED)}
# A file import knows no address of the office: with one in the mapping, all go as JSON.
MAPPINGS = {
    "json": _PLAIN | {"work_street": "street", "work_street2": "street2", "work_city": "city"},
    "csv": _PLAIN | {"street": "street", "street2": "street2", "city": "city"},
}
LARGE, SMALL = 40_000, 13_000  # profiles, of both teams: about four batches an export, or one and a bit
# Of each team: one in so many has no address that can be sent, one has an address of this version only.
FAULTY, NEW = 25, 10


def write(path: Path, version: int, rows: int) -> None:
    """Write the profiles of a version as a Parquet file."""
    padded = "lpad(n::VARCHAR, 6, '0')"
    query = f"""
        SELECT 'P' || {padded} AS id,
               ['a', 'b'][1 + n % 2] AS team,
               CASE WHEN n // 2 % {FAULTY} = 0 THEN ['', 'nobody at example'][1 + n // 2 // {FAULTY} % 2]
                    ELSE 'p' || {padded} || CASE WHEN n // 2 % {NEW} = 1 THEN '.v{version:05}' ELSE '.always' END
                         || '@example.com' END AS email,
               'Version {version:05}' AS first_name,
               'Number ' || {padded} AS last_name,
               'Job {version:05} of ' || {padded} AS job_title,
               'Company ' || lpad((n % 97)::VARCHAR, 2, '0') AS company_name,
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
        mark = f".v{version:05}" if number // 2 % NEW == 1 else ".always"
        yield (
            f"p{number:06}{mark}@example.com",
            {
                "first_name": f"Version {version:05}",
                "last_name": f"Number {number:06}",
                "job_title": f"Job {version:05} of {number:06}",
                "company_name": f"Company {number % 97:02}",
            },
        )


def _filler(name: str, times: int, version: int) -> str:
    """SQL of a text that doesn't shrink when it is packed: 32 letters so many times."""
    return " || ".join(f"md5('{name}{time}.{version}.' || n)" for time in range(times))
