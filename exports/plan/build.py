"""Writes the plan: one Parquet file per run, one row per candidate profile, those of a batch near each other.

Columns: profile_id, email (normalised), disposition, reason (the target at fault, or ""), batch (null unless
sent), payload (the contact as JSON, or as a CSV line), fingerprint, sent_before and filled (a bit for each target of
which an earlier run sent a value, and this one sends one: columns.filled_marks), withheld (of which the profile has a
value that is not sent, because Constant Contact would refuse it), and a hash of each value that is sent
into a field that another export fills too (sent_<position of the target>), and on_list: whether the address was on the
list when that was read back before this run; null: not known. The plan is written once and then only
read: it is the preview, the payload, the left-out report and the baseline of the next run.

`reason` of somebody who is sent once more with the same values is SENT_AGAIN; of one that is unconfirmed, the id of the
batch in which it lay; of whoever is kept off the list, see kept_out; of an address that is no candidate's, see leavers.

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

from . import candidates, columns, leavers
from .candidates import Known, TooManyProfilesError, if_sent, is_sent, with_pieces
from .cut import Cut, Limits, cut_csv, cut_json, is_in_group
from .dispositions import KEPT_OUT, SENT_AGAIN, Disposition
from .earlier import AGAIN, EMPTIED, Baseline, Overwriting
from .people import NOT_THERE, THERE, People
from .sql import call, case, quoted

__all__ = ["Baseline", "Overwriting", "People", "Plan", "Request", "TooManyProfilesError", "write_plan"]


# Raise it whenever the rules for values change: the plan of the same profiles is then made anew, not from the last one.
RULES = 4
# What the plan says of addresses that are no candidate's; the columns of hashes are null.
ROWS_OF_GONE = """
    SELECT profile_id, email, disposition, reason, NULL::INTEGER AS batch, '' AS payload, 0::UBIGINT AS fingerprint,
           0::UTINYINT AS sent_before, 0::UTINYINT AS filled, 0::UTINYINT AS withheld, true AS on_list FROM gone
"""
MIN_ROW_GROUP, MAX_ROW_GROUP = 2048, 40_960  # rows; the engine makes 2,048 at a time


@dataclass(frozen=True, slots=True)
class Request:
    """What to plan: `views` hold the staged candidates (place, profile_id, updated_at, value_0 …), see columns;
    `targets[0]` is the email address."""

    views: Sequence[str]
    targets: Sequence[str]
    list_ids: Sequence[str]
    baseline: Baseline | None = None
    max_profiles: int = 1_000_000  # profiles per export, counted after de-duplication
    shared: Sequence[int] = ()  # positions of the targets that another export fills too
    strict: Sequence[int] = ()  # positions of the targets of which a value that would be refused leaves the person out
    asks_consent: bool = False  # whether the views have the column of consent.COLUMN
    people: People = field(default_factory=People)


@dataclass(frozen=True, slots=True)
class Plan:
    counts: dict[str, int]
    encoding: str  # "json" or "csv"
    cuts: Sequence[Cut] = field(default=())
    became_empty: int = 0  # values that were sent before and are empty now, of the profiles that are sent
    without_value: int = 0  # profiles that are sent without a value that they have


def write_plan(duck: DuckDBPyConnection, request: Request, path: Path) -> Plan:
    """Write the plan of `request` to `path` and return what it holds.

    The same candidates give the same plan. Raises TooManyProfilesError.
    """
    known = candidates.find(
        duck,
        request.views,
        request.targets,
        request.baseline,
        request.max_profiles,
        strict=request.strict,
        asks_consent=request.asks_consent,
        people=request.people,
    )
    encoding, cuts = _choose_encoding(duck, request)
    counts = candidates.counts(duck)
    if sum(cut.rows for cut in cuts) != counts.get(Disposition.SEND, 0):
        raise RuntimeError("The batches don't add up to the profiles to send.")  # nobody falls between two batches
    gone = leavers.find(duck, request.people)
    _write(duck, request, encoding, cuts, path, known, has_gone=bool(gone))
    emptied, without_value = _count_missing(duck, path) if cuts else (0, 0)
    return Plan(counts | gone, encoding, cuts, emptied, without_value)


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


def _write(
    duck: DuckDBPyConnection,
    request: Request,
    encoding: str,
    cuts: Sequence[Cut],
    path: Path,
    known: Known,
    *,
    has_gone: bool,
) -> None:
    """Batches are stretches of the profiles' places, so a plain CASE numbers them. The rows are not sorted: as a join
    leaves them, two or three groups of rows have to be read for a batch.

    The profiles of a CSV batch have the same values, so each kind of those is a pass of its own.
    """
    query: exp.Query
    targets = request.targets
    values = columns.made_values(targets)
    if encoding == "json":
        query = _rows(request, known, cuts, columns.json_pieces(targets, values), columns.json_payload(targets))
    else:
        cells, line = columns.csv_pieces(values), columns.csv_line(targets)
        groups = {cut.filled: [other for other in cuts if other.filled == cut.filled] for cut in cuts}
        # Where all have the same values, nobody need look which.
        parts = [
            _rows(request, known, group, cells, line, is_in_group(key) if len(groups) > 1 else is_sent())
            for key, group in groups.items()
        ]
        rest = _rows(request, known, [], cells, line, is_sent().not_())
        query = exp.union(*parts, rest, distinct=False)
    text = query.sql("duckdb")
    if has_gone:
        text = f"{text} UNION ALL BY NAME {ROWS_OF_GONE}"
    write_rows(duck, text, path, _rows_of_a_body(cuts))


def _rows_of_a_body(cuts: Sequence[Cut]) -> int:
    """How many of the longest profiles fill a body. Larger groups could not be read back in little memory."""
    fitting = min((MAX_BYTES * cut.rows // cut.body_bytes for cut in cuts), default=MAX_ROW_GROUP)
    return min(max(fitting, MIN_ROW_GROUP), MAX_ROW_GROUP)


def write_rows(duck: DuckDBPyConnection, query: str, path: Path, group: int = MAX_ROW_GROUP) -> None:
    """Write the rows of a query as a plan, in their order, in groups of `group` rows."""
    # Nearly every value is another, so looking for repeated ones would only cost time.
    form = f"FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1, ROW_GROUP_SIZE {group}"
    duck.execute(f"COPY ({query}) TO '{quoted(path)}' ({form})")


def _count_missing(duck: DuckDBPyConnection, path: Path) -> tuple[int, int]:
    """Values that became empty, and profiles that are sent without a value."""
    query = f"""
        SELECT sum(bit_count(({EMPTIED})::BIGINT)), count(*) FILTER (withheld > 0)
        FROM read_parquet($path) WHERE batch IS NOT NULL AND (sent_before > 0 OR withheld > 0)
    """  # noqa: S608 - names of ours
    emptied, without_value = duck.execute(query, {"path": str(path)}).fetchall()[0]
    return int(emptied or 0), int(without_value)


def _rows(
    request: Request,
    known: Known,
    cuts: Sequence[Cut],
    pieces: Sequence[exp.Expr],
    payload: exp.Expr,
    which: exp.Expr | None = None,
) -> exp.Select:
    """The rows of the plan. Only what is sent is written as payload: of the others, the row says enough."""
    targets = request.targets
    batch = case(*((exp.column("place") <= cut.last, cut.number) for cut in cuts))
    disposition = call("coalesce", exp.cast(exp.column("disposition"), "VARCHAR"), Disposition.SEND.value)
    had = exp.convert(0) if request.baseline is None else call("coalesce", exp.column("had"), 0)
    filled = if_sent(columns.marks_of_pieces(targets), 0)
    hashes = [columns.value_hash(columns.value(position)).as_(f"sent_{position}") for position in request.shared]
    profiles = with_pieces(targets, pieces, which)
    return exp.select(
        "profile_id",
        "email",
        disposition.as_("disposition"),
        _reason(targets, known).as_("reason"),
        exp.cast(if_sent(batch), "INTEGER").as_("batch"),
        if_sent(payload, "").as_("payload"),
        "fingerprint",
        columns.as_marks(had, targets).as_("sent_before"),
        columns.as_marks(filled, targets).as_("filled"),
        columns.as_marks(if_sent(columns.withheld_marks(targets), 0), targets).as_("withheld"),
        _on_list(known).as_("on_list"),
        *hashes,
    ).from_(profiles.subquery("profiles"))


def _reason(targets: Sequence[str], known: Known) -> exp.Expr:
    detail, disposition = exp.column("detail"), exp.column("disposition")
    is_unconfirmed = disposition.eq(Disposition.UNCONFIRMED.value)
    names = dict(enumerate(targets)) | {AGAIN: SENT_AGAIN}
    is_kept_out = disposition.isin(*(kind.value for kind in KEPT_OUT))
    return case(
        *([(is_kept_out, exp.column("why"))] if known.is_anybody_kept_out else []),
        (is_unconfirmed, exp.cast(detail, "VARCHAR")),
        *((detail.eq(number), name) for number, name in names.items()),
        otherwise="",
    )


def _on_list(known: Known) -> exp.Expr:
    """Whoever is on the list and sent like anybody else is not noted."""
    if not known.is_rostered:
        return exp.false() if known.was_read else exp.cast(exp.null(), "BOOLEAN")
    there = call("coalesce", exp.column("there"), THERE)
    return case((there.eq(THERE), exp.true()), (there.eq(NOT_THERE), exp.false()))
