"""Invented profiles, the same each time: 2 % have an address that can't be sent, 1 % repeat another's address."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ccexport.demo.customers import FIRST_NAMES, LAST_NAMES

NARROW = {"email": "email", "first_name": "first_name", "last_name": "last_name"}
CUSTOM_FIELDS = ("Loyalty level", "Last product")
WIDE = NARROW | {
    "job_title": "job_title",
    "company_name": "company",
    "phone": "phone",
    "street": "street",
    "city": "city",
    "state": "state",
    "zip": "postal_code",
    "cf:loyalty_level": "loyalty_level",
    "cf:last_product": "last_product",
}

# Where a row stands within each hundred decides what is the matter with it. A repeated address is that of the row
# before, in capitals: in the order of the keys the one before is kept.
_INVALID, _REPEATED, _CHANGED = "n % 50 = 7", "n % 100 = 13", "n % 100 = 29"


@dataclass(frozen=True, slots=True)
class Expected:
    """What must become of the rows of a file."""

    valid: int
    invalid: int
    repeated: int
    changed: int


def expected(rows: int) -> Expected:
    with duckdb.connect() as duck:
        counts = [f"count(*) FILTER ({kind})" for kind in (_INVALID, _REPEATED, _CHANGED)]
        found = duck.execute(f"SELECT {', '.join(counts)} FROM range({rows}) AS numbers(n)").fetchone()
    assert found is not None
    invalid, repeated, changed = found
    return Expected(rows - invalid - repeated, invalid, repeated, changed)


def write_narrow(path: Path, rows: int, *, changed: bool = False) -> None:
    """Write a CSV file with a key and three attributes; `changed`: 1 % of the people have another last name."""
    _write(path, rows, _names(changed))


def write_wide(path: Path, rows: int) -> None:
    """Write a CSV file with a key, ten attributes, two more for custom fields, and the time of the last update."""
    titles = ("Buyer", "Head of purchasing", "Owner", "Engineer", "Assistant", "Sales representative")
    places = (("Seattle", "Washington"), ("Vancouver", "British Columbia"), ("Lyon", "Rhône"), ("Perth", "Western A."))
    products = ("Mountain-200 Silver, 42", "Road-750 Black, 52", "Touring-1000 Blue, 60", "Sport-100 Helmet, Red")
    _write(
        path,
        rows,
        f"""
        {_names(changed=False)},
        {_one_of(titles, 5)} AS job_title,
        {_one_of(LAST_NAMES, 11)} || ' & ' || {_one_of(LAST_NAMES, 3)} || ' Trading' AS company,
        '555-' || lpad((n % 10000)::VARCHAR, 4, '0') AS phone,
        (n % 400 + 1) || ' Market Street' AS street,
        {_one_of([city for city, _ in places], 1)} AS city,
        {_one_of([state for _, state in places], 1)} AS state,
        lpad((n % 100000)::VARCHAR, 5, '0') AS postal_code,
        {_one_of(("Gold", "Silver", "Bronze"), 1)} AS loyalty_level,
        {_one_of(products, 7)} AS last_product,
        TIMESTAMP '2026-01-01 09:30:00' + to_seconds(n % 20000000) AS updated_at
        """,
    )


def _names(changed: bool) -> str:
    last_name = _one_of(LAST_NAMES, 3)
    if changed:
        last_name = f"{last_name} || CASE WHEN {_CHANGED} THEN ' Jr' ELSE '' END"
    return f"""
        CASE WHEN {_INVALID} THEN {_address("n", " at example.com")}
             WHEN {_REPEATED} THEN upper({_address("n - 1", "@example.com")})
             ELSE {_address("n", "@example.com")} END AS email,
        {_one_of(FIRST_NAMES, 1)} AS first_name, {last_name} AS last_name
    """


def _address(number: str, ending: str) -> str:
    return f"lower({_one_of(FIRST_NAMES, 1, number)}) || ({number}) || '{ending}'"


def _one_of(values: "tuple[str, ...] | list[str]", step: int, number: str = "n") -> str:
    """SQL that deals out the values: the next one after every `step` rows."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return f"([{quoted}])[({number}) // {step} % {len(values)} + 1]"


def _write(path: Path, rows: int, columns: str) -> None:
    query = f"SELECT 'P' || lpad(n::VARCHAR, 9, '0') AS id, {columns} FROM range({rows}) AS numbers(n)"
    with duckdb.connect(config={"threads": 2}) as duck:
        duck.execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER)")
