"""Invented profiles, the same each time: 2 % have an address that can't be sent, 1 % repeat another's address."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb

from ccexport.demo.customers import FIRST_NAMES, LAST_NAMES

NARROW = {name: name for name in ("email", "first_name", "last_name")}
CUSTOM_FIELDS = ("Loyalty level", "Last product")
ADDRESS = ("street", "city", "state", "zip")
WIDE = {  # our names are theirs, but for two
    field: {"company_name": "company", "zip": "postal_code"}.get(field, field.removeprefix("cf:"))
    for field in (*NARROW, "job_title", "company_name", "phone", *ADDRESS, "cf:loyalty_level", "cf:last_product")
}
TITLES = ("Buyer", "Head of purchasing", "Owner", "Engineer", "Assistant", "Sales representative")
CITIES, STATES = ("Seattle", "Vancouver", "Lyon", "Perth"), ("Washington", "British Columbia", "Rhône", "Western A.")
PRODUCTS = ("Mountain-200 Silver, 42", "Road-750 Black, 52", "Touring-1000 Blue, 60", "Sport-100 Helmet, Red")


class Expected(NamedTuple):
    """What must become of the rows of a file."""

    valid: int
    invalid: int
    repeated: int
    changed: int


def expected(rows: int) -> Expected:
    # Where a row stands within each hundred decides what is the matter with it: see _names.
    invalid, repeated, changed = len(range(7, rows, 50)), len(range(13, rows, 100)), len(range(29, rows, 100))
    return Expected(rows - invalid - repeated, invalid, repeated, changed)


def write_narrow(path: Path, rows: int, *, changed: bool = False) -> None:
    """Write a CSV file with a key and three attributes; `changed`: 1 % of the people have another last name."""
    _write(path, rows, _names("|| CASE WHEN n % 100 = 29 THEN ' Jr' ELSE '' END" if changed else ""))


def write_wide(path: Path, rows: int) -> None:
    """Write a CSV file with a key, ten attributes, two more for custom fields, and the time of the last update."""
    columns = f"""{_names()}, {_one_of(TITLES, 5)} AS job_title,
        {_one_of(LAST_NAMES, 11)} || ' & ' || {_one_of(LAST_NAMES, 3)} || ' Trading' AS company,
        '555-' || lpad((n % 10000)::VARCHAR, 4, '0') AS phone, (n % 400 + 1) || ' Market Street' AS street,
        {_one_of(CITIES, 1)} AS city, {_one_of(STATES, 1)} AS state, lpad((n % 100000)::VARCHAR, 5, '0') AS postal_code,
        {_one_of(("Gold", "Silver", "Bronze"), 1)} AS loyalty_level, {_one_of(PRODUCTS, 7)} AS last_product,
        TIMESTAMP '2026-01-01 09:30:00' + to_seconds(n % 20000000) AS updated_at"""
    _write(path, rows, columns)


def _names(ending: str = "") -> str:
    """A repeated address is that of the row before, in capitals: in the order of the keys the one before is kept."""
    before, own = (f"lower({_one_of(FIRST_NAMES, 1, number)}) || ({number}) || " for number in ("n - 1", "n"))
    return f"""CASE WHEN n % 50 = 7 THEN {own} ' at example.com'
        WHEN n % 100 = 13 THEN upper({before} '@example.com') ELSE {own} '@example.com' END AS email,
        {_one_of(FIRST_NAMES, 1)} AS first_name, {_one_of(LAST_NAMES, 3)} {ending} AS last_name"""


def _one_of(values: Sequence[str], step: int, number: str = "n") -> str:
    """SQL that deals out the values: the next one after every `step` rows."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return f"([{quoted}])[({number}) // {step} % {len(values)} + 1]"


def _write(path: Path, rows: int, columns: str) -> None:
    query = f"SELECT 'P' || lpad(n::VARCHAR, 9, '0') AS id, {columns} FROM range({rows}) AS numbers(n)"
    with duckdb.connect(config={"threads": 2}) as duck:
        duck.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER)")
