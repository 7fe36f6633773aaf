"""Writes the plan: one Parquet file per run, one row per candidate profile, in the order they are sent.

Columns: profile_id, email (normalised), disposition, reason (the target at fault, or ""), batch (null unless
sent), payload (the contact as JSON, or as a CSV line), fingerprint. The plan is written once and then only read:
it is the preview, the payload, the left-out report and the baseline of the next run.

The engine does all of it; no profile passes through Python.

The fingerprint is the engine's own 64-bit hash: a cryptographic one would take a third of the planning time, and
should a new version of the engine hash otherwise, everybody is sent once more, and nobody is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from duckdb import DuckDBPyConnection
from sqlglot import exp

from exports.dispositions import Disposition

from . import columns
from .cut import Cut, Limits, cut_csv, cut_json

KINDS = ", ".join(f"'{kind}'" for kind in Disposition.values)


@dataclass(frozen=True, slots=True)
class Baseline:
    """An earlier plan, and which of its batches Constant Contact has imported."""

    path: Path
    batches: Sequence[int]


@dataclass(frozen=True, slots=True)
class Request:
    """What to plan: `views` hold the staged candidates (key, updated_at, value_0 …), `targets[0]` is the e-mail."""

    views: Sequence[str]
    targets: Sequence[str]
    list_ids: Sequence[str]
    baseline: Baseline | None = None
    most: int = 1_000_000  # profiles per export, counted after de-duplication


@dataclass(frozen=True, slots=True)
class Plan:
    counts: dict[str, int]
    encoding: str  # "json" or "csv"
    cuts: Sequence[Cut] = field(default=())


class TooManyProfilesError(Exception):
    """More distinct profiles than one export may have; nothing was written."""

    def __init__(self, found: int, most: int) -> None:
        super().__init__(f"{found} profiles, at most {most}")
        self.found, self.most = found, most


def write_plan(duck: DuckDBPyConnection, request: Request, path: Path) -> Plan:
    """Write the plan of `request` to `path` and return what it holds.

    The same candidates give the same plan. Raises TooManyProfilesError.
    """
    _read_candidates(duck, request)
    _set_aside_duplicates(duck)
    _check_size(duck, request.most)
    _check_values(duck)
    if request.baseline is not None:
        _set_aside_unchanged(duck, request.baseline)
    encoding, cuts = _choose_encoding(duck, request)
    counts = _counts(duck)
    if sum(cut.rows for cut in cuts) != counts.get(Disposition.SEND, 0):
        raise RuntimeError("The batches don't add up to the profiles to send.")  # nobody falls between two batches
    _write(duck, request, encoding, cuts, path)
    return Plan(counts, encoding, cuts)


def _read_candidates(duck: DuckDBPyConnection, request: Request) -> None:
    """One row per candidate in the order of the source, each with the first rule of its values it breaks."""
    email = columns.normalised_email()
    disposition = exp.Case(
        ifs=[
            exp.If(this=exp.Not(this=columns.is_filled(0)), true=exp.Literal.string(Disposition.NO_EMAIL.value)),
            exp.If(
                this=exp.Not(this=columns.email_is_valid(email)),
                true=exp.Literal.string(Disposition.INVALID_EMAIL.value),
            ),
        ],
        default=exp.Literal.string(Disposition.SEND.value),
    )
    duck.execute(f"CREATE TEMP VIEW staged AS {_all_of(request.views).sql('duckdb')}")
    query = exp.select(
        "profile_id",
        "updated_at",
        exp.alias_(columns.normalised_email(), "email"),
        exp.alias_(disposition, "verdict"),
        exp.alias_(_fault(request.targets), "fault"),
        exp.alias_(columns.filled_marks(request.targets), "filled"),
        exp.alias_(columns.json_payload(request.targets), "payload"),
    ).from_("staged")
    duck.execute(f"CREATE TYPE verdict AS ENUM ({KINDS})")
    duck.execute(
        f"""
        CREATE TEMP TABLE candidate AS
        SELECT profile_id, updated_at, email, verdict::verdict AS disposition, fault, '' AS reason, filled, payload,
               hash(payload) AS fingerprint
        FROM ({query.sql("duckdb")})
        """  # noqa: S608 - a tree of sqlglot
    )


def _all_of(views: Sequence[str]) -> exp.Query:
    all_views = [exp.select(exp.Star()).from_(view) for view in views]
    return exp.union(*all_views, distinct=False) if len(all_views) > 1 else all_views[0]


def _fault(targets: Sequence[str]) -> exp.Expr:
    """`too_long:first_name`, `invalid_value:anniversary`, or null: the first fault of a profile's values."""
    email_too_long = columns.is_email_too_long()
    faults = [exp.If(this=email_too_long, true=exp.Literal.string(f"{Disposition.TOO_LONG.value}:{targets[0]}"))]
    for position, target in enumerate(targets[1:], start=1):
        checks = {
            Disposition.TOO_LONG: columns.is_too_long(position, target),
            Disposition.INVALID_VALUE: columns.is_invalid(position, target),
        }
        faults += [
            exp.If(this=check, true=exp.Literal.string(f"{kind.value}:{target}"))
            for kind, check in checks.items()
            if check is not None
        ]
    return exp.Case(ifs=faults)


def _set_aside_duplicates(duck: DuckDBPyConnection) -> None:
    """Of profiles with one address, keep the most recently updated, then the lowest key."""
    duck.execute("""
        CREATE TEMP TABLE repeated AS
        SELECT email FROM candidate WHERE disposition = 'send' GROUP BY email HAVING count(*) > 1
    """)
    duck.execute("""
        UPDATE candidate SET disposition = 'duplicate' WHERE rowid IN (
            SELECT rowid FROM (
                SELECT candidate.rowid, row_number() OVER (
                    PARTITION BY email
                    ORDER BY try_cast(updated_at AS TIMESTAMP) DESC NULLS LAST,
                             try_cast(profile_id AS HUGEINT) NULLS LAST, profile_id
                ) AS place
                FROM candidate JOIN repeated USING (email) WHERE disposition = 'send'
            ) WHERE place > 1
        )
    """)


def _check_size(duck: DuckDBPyConnection, most: int) -> None:
    found = _number(duck, "SELECT count(*) FROM candidate WHERE disposition <> 'duplicate'")
    if found > most:
        raise TooManyProfilesError(found, most)


def _check_values(duck: DuckDBPyConnection) -> None:
    """After the duplicates: a fault of the profile that was kept leaves the person out, with its reason."""
    duck.execute("""
        UPDATE candidate SET disposition = split_part(fault, ':', 1)::verdict,
                             reason = substr(fault, strpos(fault, ':') + 1)
        WHERE fault IS NOT NULL AND disposition = 'send'
    """)


def _set_aside_unchanged(duck: DuckDBPyConnection, baseline: Baseline) -> None:
    """Who is at Constant Contact with just these values costs no call."""
    batches = ", ".join(str(int(number)) for number in baseline.batches) or "NULL"
    duck.execute(
        f"""
        UPDATE candidate SET disposition = 'unchanged' FROM (
            SELECT email, fingerprint FROM read_parquet($path)
            WHERE disposition = 'unchanged' OR (disposition = 'send' AND batch IN ({batches}))
        ) AS earlier
        WHERE candidate.disposition = 'send' AND candidate.email = earlier.email
          AND candidate.fingerprint = earlier.fingerprint
        """,  # noqa: S608 - whole numbers only
        {"path": str(baseline.path)},
    )


def _choose_encoding(duck: DuckDBPyConnection, request: Request) -> tuple[str, Sequence[Cut]]:
    """The encoding that needs fewer calls; JSON when both need the same.

    A file import can only be shorter where bytes, not rows, fill the JSON batches.
    """
    limits = Limits.for_json(request.list_ids)
    as_json = cut_json(duck, limits)
    if any(cut.rows < limits.rows for cut in as_json[:-1]):
        as_csv = cut_csv(duck, request.targets, fewer_than=len(as_json))
        if as_csv is not None:
            return "csv", as_csv
    return "json", as_json


def _write(duck: DuckDBPyConnection, request: Request, encoding: str, cuts: Sequence[Cut], path: Path) -> None:
    """Batches are stretches of the candidates' order, so a plain CASE numbers them: no join, no sort.

    Only what is sent is written as payload: of the others, the row says enough.
    """
    if encoding == "json":
        query = _rows("candidate", cuts, "payload", "true")
    else:
        line = columns.csv_line(request.targets).sql("duckdb")
        laid_out = f"(SELECT candidate.*, candidate.rowid, {line} AS line FROM candidate POSITIONAL JOIN staged)"  # noqa: S608
        groups = {cut.filled: [other for other in cuts if other.filled == cut.filled] for cut in cuts}
        parts = [
            _rows(laid_out, group, "line", f"disposition = 'send' AND filled = {int(key)}")
            for key, group in groups.items()
        ]
        query = " UNION ALL ".join([*parts, _rows("candidate", [], "''", "disposition <> 'send'")])
    # Nearly every value is another, so looking for repeated ones would only cost time.
    # Small groups of rows, so that reading one batch back takes little memory.
    form = "FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1, ROW_GROUP_SIZE 40960"
    duck.execute(f"COPY ({query}) TO '{_quoted(path)}' ({form})")


def _rows(table: str, cuts: Sequence[Cut], payload: str, where: str) -> str:
    whens = " ".join(f"WHEN rowid <= {int(cut.last)} THEN {int(cut.number)}" for cut in cuts)
    batch = f"CASE WHEN disposition = 'send' THEN CASE {whens} END END" if whens else "NULL"
    sent = f"CASE WHEN disposition = 'send' THEN {payload} ELSE '' END"
    return (
        f"SELECT profile_id, email, disposition::VARCHAR AS disposition, reason, {batch}::INTEGER AS batch, "  # noqa: S608
        f"{sent} AS payload, fingerprint FROM {table} WHERE {where}"  # whole numbers, and trees of sqlglot
    )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _counts(duck: DuckDBPyConnection) -> dict[str, int]:
    rows = duck.execute("SELECT disposition::VARCHAR, count(*) FROM candidate GROUP BY ALL ORDER BY 1").fetchall()
    return {str(disposition): int(count) for disposition, count in rows}


def _number(duck: DuckDBPyConnection, query: str) -> int:
    row = duck.execute(query).fetchone()
    assert row is not None
    return int(row[0])
