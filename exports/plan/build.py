"""Writes the plan: one Parquet file per run, one row per candidate profile, those of a batch near each other.

Columns: profile_id, email (normalised), disposition, reason (the target at fault, or ""), batch (null unless
sent), payload (the contact as JSON, or as a CSV line), fingerprint. The plan is written once and then only read:
it is the preview, the payload, the left-out report and the baseline of the next run.

The engine does all of it, in two passes over the profiles where they are; no profile passes through Python. The first
(candidates) keeps numbers only: who is sent, and the bytes of each. From these the batches are cut (cut). The second
(here) encodes. So what is kept between is a tenth of what is sent, and a million profiles need no more memory than
the engine has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from duckdb import DuckDBPyConnection
from sqlglot import exp

from constant_contact import MAX_BYTES
from exports.dispositions import Disposition

from . import candidates, columns
from .candidates import Baseline, TooManyProfilesError
from .cut import Cut, Limits, cut_csv, cut_json

__all__ = ["Baseline", "Plan", "Request", "TooManyProfilesError", "write_plan"]


# Raise it whenever the rules for values change: the plan of the same profiles is then made anew, not from the last one.
RULES = 1
FEWEST_IN_GROUP, MOST_IN_GROUP = 2048, 40_960  # rows; the engine makes 2,048 at a time


@dataclass(frozen=True, slots=True)
class Request:
    """What to plan: `views` hold the staged candidates (place, profile_id, updated_at, value_0 …), see columns;
    `targets[0]` is the e-mail."""

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


def write_plan(duck: DuckDBPyConnection, request: Request, path: Path) -> Plan:
    """Write the plan of `request` to `path` and return what it holds.

    The same candidates give the same plan. Raises TooManyProfilesError.
    """
    candidates.find(duck, request.views, request.targets, request.baseline, request.most)
    encoding, cuts = _choose_encoding(duck, request)
    counts = candidates.counts(duck)
    if sum(cut.rows for cut in cuts) != counts.get(Disposition.SEND, 0):
        raise RuntimeError("The batches don't add up to the profiles to send.")  # nobody falls between two batches
    _write(duck, request, encoding, cuts, path)
    return Plan(counts, encoding, cuts)


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
    """Batches are stretches of the profiles' places, so a plain CASE numbers them. The rows are not sorted: as a join
    leaves them, two or three groups of rows have to be read for a batch.

    The profiles of a CSV batch have the same values, so each kind of those is a pass of its own.
    """
    query: exp.Query
    if encoding == "json":
        query = _rows(request, cuts, columns.json_payload(request.targets))
    else:
        filled = columns.filled_marks(request.targets)
        groups = {cut.filled: [other for other in cuts if other.filled == cut.filled] for cut in cuts}
        parts = [
            _rows(request, group, columns.csv_line(request.targets)).where(
                _is_sent(), exp.EQ(this=filled.copy(), expression=exp.Literal.number(key))
            )
            for key, group in groups.items()
        ]
        rest = _rows(request, [], exp.Literal.string("")).where(exp.Not(this=_is_sent()))
        query = exp.union(*parts, rest, distinct=False)
    write_rows(duck, query.sql("duckdb"), path, _rows_of_a_body(cuts))


def _rows_of_a_body(cuts: Sequence[Cut]) -> int:
    """How many of the longest profiles fill a body. Larger groups could not be read back in little memory."""
    fitting = min((MAX_BYTES * cut.rows // cut.body_bytes for cut in cuts), default=MOST_IN_GROUP)
    return min(max(fitting, FEWEST_IN_GROUP), MOST_IN_GROUP)


def write_rows(duck: DuckDBPyConnection, query: str, path: Path, group: int = MOST_IN_GROUP) -> None:
    """Write the rows of a query as a plan, in their order, in groups of `group` rows."""
    # Nearly every value is another, so looking for repeated ones would only cost time.
    form = f"FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1, ROW_GROUP_SIZE {group}"
    duck.execute(f"COPY ({query}) TO '{quoted(path)}' ({form})")


def _rows(request: Request, cuts: Sequence[Cut], payload: exp.Expr) -> exp.Select:
    """The rows of the plan. Only what is sent is written as payload: of the others, the row says enough."""
    ends = [
        exp.If(
            this=exp.LTE(this=exp.column("place"), expression=exp.Literal.number(cut.last)),
            true=exp.Literal.number(cut.number),
        )
        for cut in cuts
    ]
    batch = exp.Case(ifs=[exp.If(this=_is_sent(), true=exp.Case(ifs=ends))]) if ends else exp.null()
    sent = exp.Case(ifs=[exp.If(this=_is_sent(), true=payload)], default=exp.Literal.string(""))
    disposition = exp.func(
        "coalesce", exp.cast(exp.column("disposition"), "VARCHAR"), exp.Literal.string(Disposition.SEND.value)
    )
    return (
        exp.select(
            "profile_id",
            "email",
            exp.alias_(disposition, "disposition"),
            exp.alias_(_reason(request.targets), "reason"),
            exp.alias_(exp.cast(batch, "INTEGER"), "batch"),
            exp.alias_(sent, "payload"),
            "fingerprint",
        )
        .from_("profile")
        .join("set_aside", using=["place"], join_type="left")
    )


def _is_sent() -> exp.Expr:
    return exp.Is(this=exp.column("disposition"), expression=exp.null())


def _reason(targets: Sequence[str]) -> exp.Expr:
    names = [
        exp.If(
            this=exp.EQ(this=exp.column("fault"), expression=exp.Literal.number(position)),
            true=exp.Literal.string(target),
        )
        for position, target in enumerate(targets)
    ]
    return exp.Case(ifs=names, default=exp.Literal.string(""))


def quoted(path: Path) -> str:
    """Return a path as it stands between quotes of SQL."""
    return str(path).replace("'", "''")
