"""Finds out who is sent: the first pass over the staged profiles, which keeps a few numbers of each.

It leaves the views `profile` (the staged profiles with `email` and `fingerprint`), `profile_read` (with
columns.readings too) and `addressed` (place, profile_id, email), the table `candidate` (place, disposition, bytes as
JSON …) and `noted`: of all who are not sent, who were sent before, who are not known to be on the list, or whose values
are odd, what the plan says besides their values and what it costs to find out (place, disposition: null if they are
sent, detail, had, is_odd; see `Known` for the rest).

`detail`: the position of the value that leaves a profile out: 0, the address, where that is too long, or one of the
targets that are `strict` (what is faulty besides costs its value, not the person:
docs/decisions/0016-a-faulty-value-costs-the-value.md); of an unconfirmed profile the id of the batch in which it lay;
AGAIN for one that is sent once more with the same values, NOT_THERE for one who is not on the list. `had`, where there
is an earlier plan: a bit for each target of which Constant Contact may have a value.

The fingerprint is the engine's own 64-bit hash of the mapped values: a cryptographic one would take a third of the
planning time, and should a new version of the engine hash otherwise, everybody is sent once more, and nobody is
missed. Whoever's is in the baseline costs no more than a look there: nothing is checked or encoded anew, unless a
target became strict since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from duckdb import DuckDBPyConnection
from sqlglot import exp

from . import columns, consent, kept_out
from .dispositions import Disposition
from .earlier import NOT_THERE, Baseline, forget_overwritten, has_marks, read_baseline
from .people import UNKNOWN, People, read_roster
from .sql import call, case, is_something, listed, number_of

NEXT_VIEW = 1 << 40  # places of one view and of the next are so far apart


@dataclass(frozen=True, slots=True)
class Known:
    """What `noted` says besides: `there` of whoever is not on the list for certain, `why` of whoever is kept out."""

    is_rostered: bool = False
    was_read: bool = False  # the list: without a roster, nobody is on it
    is_anybody_kept_out: bool = False


class TooManyProfilesError(Exception):
    """More distinct profiles than one export may have; nothing was written."""

    def __init__(self, found: int, limit: int) -> None:
        super().__init__(f"{found} profiles, at most {limit}")
        self.found, self.limit = found, limit


def find(
    duck: DuckDBPyConnection,
    views: Sequence[str],
    targets: Sequence[str],
    baseline: Baseline | None,
    max_profiles: int,
    *,
    strict: Sequence[int] = (),
    asks_consent: bool = False,
    people: People | None = None,
) -> Known:
    """Make `profile`, `candidate`, `kept_out` and `noted`. Raises TooManyProfilesError."""
    people = people or People()
    _name_profiles(duck, views, targets, asks_consent)
    known = Known(is_rostered=read_roster(duck, people), was_read=people.was_read)
    _read(duck, targets, baseline, strict, people)
    _set_aside_duplicates(duck, baseline is not None)
    found = number_of(duck, "SELECT count(*) FROM candidate WHERE disposition <> 'duplicate'")
    if found > max_profiles:
        raise TooManyProfilesError(found, max_profiles)
    consent.find(duck, asks_consent)
    if kept_out.find(duck, people) + kept_out.find_here(duck, people):
        kept_out.leave_out(duck, baseline is not None)
        known = replace(known, is_anybody_kept_out=True)
    _note(duck, people, known, has_earlier=baseline is not None)
    return known


def _note(duck: DuckDBPyConnection, people: People, known: Known, *, has_earlier: bool) -> None:
    """Make `noted`; where nobody is kept out and no roster is known, without a look for them."""
    more, joins, conditions = "", "", "OR had > 0 OR detail IS NOT NULL" if has_earlier else ""
    if known.is_anybody_kept_out:
        more += ", coalesce(kept.reason, kept_here.reason) AS why"
        joins += """
            LEFT JOIN (SELECT hash(email) AS address, reason FROM kept_out) AS kept USING (address)
            LEFT JOIN kept_out_here AS kept_here ON kept_here.place = candidate.place
        """
    if known.is_rostered:
        if_missing = 0 if people.was_read else UNKNOWN
        more += f", coalesce(there, {if_missing})::TINYINT AS there"
        joins += " LEFT JOIN rostered USING (address)"
        conditions += f" OR coalesce(there, {if_missing}) <> 1"
    duck.execute(f"""
        CREATE TEMP TABLE noted AS
        SELECT candidate.* EXCLUDE (address, bytes) REPLACE (nullif(disposition, 'send')::verdict AS disposition) {more}
        FROM candidate {joins} WHERE disposition <> 'send' OR is_odd {conditions}
    """)  # noqa: S608 - words of ours


def is_sent() -> exp.Expr:
    """The condition that a profile is sent, where `profile` is joined with what is `noted` of some."""
    return exp.column("disposition").is_(exp.null())


def with_pieces(targets: Sequence[str], pieces: Sequence[exp.Expr], which: exp.Expr | None = None) -> exp.Select:
    """The profiles that meet the condition, with what is noted of them, their values as they are accepted
    (columns.value), and the `pieces` that are made of these (columns.piece). Of who is not sent, all of it is null.
    """
    joined = exp.select("*").from_("profile").join("noted", using=["place"], join_type="left")
    if which is not None:  # here, so that nothing is made of all the others
        joined = joined.where(which)
    readings = [exp.alias_(if_sent(reading.this), reading.alias) for reading in columns.birthdays(targets)]
    read = exp.select("*", *readings).from_(joined.subquery("joined"))
    accepted = enumerate(columns.values(targets), start=1)
    values = [if_sent(value).as_(columns.value(position).name) for position, value in accepted]
    valued = exp.select("*", *values).from_(read.subquery("read"))
    made = [if_sent(value).as_(columns.piece(place).name) for place, value in enumerate(pieces)]
    return exp.select("*", *made).from_(valued.subquery("valued"))


def if_sent(value: exp.Expr, otherwise: Any = None) -> exp.Expr:
    return case((is_sent(), value), otherwise=otherwise)


def counts(duck: DuckDBPyConnection) -> dict[str, int]:
    """Return the candidates by disposition."""
    rows = duck.execute("""
        SELECT disposition::VARCHAR AS kind, count(*) FROM candidate GROUP BY disposition ORDER BY kind
    """).fetchall()
    return {str(disposition): int(count) for disposition, count in rows}


def _name_profiles(duck: DuckDBPyConnection, views: Sequence[str], targets: Sequence[str], asks_consent: bool) -> None:
    beside = [consent.COLUMN] if asks_consent else []
    duck.execute(f"CREATE TEMP VIEW staged AS {_all_of(views, len(targets), beside).sql('duckdb')}")
    addressed = exp.select("*", columns.normalised_email().as_("email")).from_("staged").subquery("addressed")
    fingerprint = call("hash", columns.email(), *(columns.staged(position) for position in range(1, len(targets))))
    query = exp.select("*", fingerprint.as_("fingerprint")).from_(addressed)
    duck.execute(f"CREATE TEMP VIEW profile AS {query.sql('duckdb')}")
    read = exp.select("*", *columns.readings(targets)).from_("profile")
    duck.execute(f"CREATE TEMP VIEW profile_read AS {read.sql('duckdb')}")
    duck.execute("CREATE TEMP VIEW addressed AS SELECT place, profile_id, email FROM profile")


def _all_of(views: Sequence[str], width: int, beside: Sequence[str]) -> exp.Query:
    """The rows of all views, each with a place of its own."""
    columns_of_each = ["profile_id", "updated_at", *(f"value_{position}" for position in range(width)), *beside]
    parts = []
    for number, view in enumerate(views):
        place = exp.column("place") + number * NEXT_VIEW
        parts.append(exp.select(place.as_("place"), *columns_of_each).from_(view))
    return exp.union(*parts, distinct=False) if len(parts) > 1 else parts[0]


def _read(
    duck: DuckDBPyConnection,
    targets: Sequence[str],
    baseline: Baseline | None,
    strict: Sequence[int],
    people: People,
) -> None:
    """One row per candidate, with the first rule that its address breaks, or else a value that is strict."""
    source = exp.select("*", exp.null().as_("delivery")).from_("profile_read")
    became_strict = baseline is not None and not set(strict) <= set(baseline.strict)
    if baseline is not None:
        is_certain = read_baseline(duck, baseline, targets, people)
        forget_overwritten(duck, baseline, targets)
        source = _compared(targets, is_certain, has_marks(duck, baseline.path), became_strict)
    delivery = exp.column("delivery")
    disposition = case(
        (delivery.eq(0), Disposition.UNCHANGED.value),
        (delivery > 0, Disposition.UNCONFIRMED.value),
        (delivery.eq(NOT_THERE), Disposition.NOT_ON_LIST.value),
        (columns.is_filled(0).not_(), Disposition.NO_EMAIL.value),
        (
            columns.email_is_valid().not_(),
            case(
                (columns.email_has_invisible(), Disposition.INVISIBLE_IN_EMAIL.value),
                otherwise=Disposition.INVALID_EMAIL.value,
            ),
        ),
        (columns.is_email_too_long(), Disposition.TOO_LONG.value),
        otherwise=Disposition.SEND.value,
    )
    detail = case((delivery.neq(0), delivery), (_unless_known(columns.is_email_too_long()), 0))
    if strict:
        source, disposition, detail = _made_strict(source, disposition, detail, targets, strict, became_strict)
    duck.execute(f"CREATE TYPE verdict AS ENUM {listed(Disposition.values)}")
    query = exp.select(
        "place",
        call("hash", columns.email()).as_("address"),
        exp.cast(disposition, exp.DataType.build("verdict", udt=True)).as_("disposition"),
        exp.cast(detail, "SMALLINT" if baseline is None else "INTEGER").as_("detail"),
        *([] if baseline is None else [columns.as_marks(exp.column("had"), targets).as_("had")]),
        exp.cast(_unless_known(columns.json_bytes(targets)), "INTEGER").as_("bytes"),
        _unless_known(exp.column("is_odd")).as_("is_odd"),
    ).from_(source.subquery("read"))
    duck.execute(f"CREATE TEMP TABLE candidate AS {query.sql('duckdb')}")


def _made_strict(
    source: exp.Select,
    disposition: exp.Expr,
    detail: exp.Expr,
    targets: Sequence[str],
    strict: Sequence[int],
    became_strict: bool,
) -> tuple[exp.Select, exp.Expr, exp.Expr]:
    """The same, so that a faulty value of a strict target leaves out whoever would be sent.

    Who is known had none when they were sent, unless a target `became_strict` since.
    """
    of_address, faulty = exp.column("of_address"), exp.column("faulty")
    of_earlier = [Disposition.UNCHANGED, Disposition.UNCONFIRMED, Disposition.NOT_ON_LIST]
    looked_at = [Disposition.SEND, *(of_earlier if became_strict else [])]
    faults = (columns.is_withheld(place, targets, columns.accepted(place, targets)) for place in strict)
    first_fault = case(*zip(faults, strict, strict=True))
    source = exp.select("*", disposition.as_("of_address")).from_(source.subquery("known"))
    of_values = case((of_address.isin(*(kind.value for kind in looked_at)), first_fault))
    source = exp.select("*", of_values.as_("faulty")).from_(source.subquery("judged"))
    too_long = (
        (faulty.eq(place).and_(columns.is_longer_than_text(place, targets)), Disposition.TOO_LONG.value)
        for place in strict
    )
    is_faulty = is_something(faulty)
    disposition = case(*too_long, (is_faulty, Disposition.INVALID_VALUE.value), otherwise=of_address)
    return source, disposition, case((is_faulty, faulty), otherwise=detail)


def _unless_known(value: exp.Expr) -> exp.Expr:
    """Null for whom is known: what a CASE doesn't choose is not computed."""
    delivery = exp.column("delivery")
    return case((exp.or_(delivery >= 0, delivery.eq(NOT_THERE)), None), otherwise=value)


def _compared(targets: Sequence[str], is_certain: bool, has_marks: bool, became_strict: bool) -> exp.Select:
    """The profiles with what is known of the values that were sent to their addresses, while these are the same."""
    earlier = {name: exp.column(name, "earlier") for name in ("address", "fingerprint", "delivery", "had")}
    same = exp.column("fingerprint", "profile").eq(earlier["fingerprint"])
    delivery = case((same, 0 if is_certain else earlier["delivery"]))
    had = call("coalesce", earlier["had"], 0)
    if not has_marks:  # who has the same values as then was sent just these
        had = case((same, columns.filled_marks(targets)), otherwise=0)
    profile = "profile" if has_marks else "profile_read AS profile"
    query = exp.select("profile.*", delivery.as_("delivery"), had.as_("had")).from_(profile)
    same_address = call("hash", exp.column("email", "profile")).eq(earlier["address"])
    query = query.join("earlier", on=same_address, join_type="left")
    if not has_marks:
        return query
    readings = columns.readings(targets)
    if not became_strict:
        readings = [exp.alias_(_unless_known(each.this), each.alias) for each in readings]
    return exp.select("*", *readings).from_(query.subquery("compared"))


def _set_aside_duplicates(duck: DuckDBPyConnection, has_earlier: bool) -> None:
    """Of profiles with one address, keep the most recently updated, then the lowest key.

    Also where that one is left out for a value: older values of the person are not sent in its place. Hashes find the
    few that may have one; only of these the addresses are read again.
    """
    # A detail above 0: an unconfirmed profile, or a value that leaves a profile out.
    has_address = "(disposition IN ('send', 'unchanged', 'not_on_list') OR detail > 0)"
    duck.execute(f"""
        CREATE TEMP TABLE repeated AS
        SELECT place FROM candidate JOIN (
            SELECT address FROM candidate WHERE {has_address} GROUP BY address HAVING count(*) > 1
        ) USING (address) WHERE {has_address}
    """)  # noqa: S608 - words of ours
    if not number_of(duck, "SELECT count(*) FROM repeated"):
        return
    had = ", had = 0" if has_earlier else ""
    duck.execute(f"""
        UPDATE candidate SET disposition = 'duplicate', detail = NULL {had} WHERE place IN (
            SELECT place FROM (
                SELECT place, row_number() OVER (
                    PARTITION BY email
                    ORDER BY try_cast(updated_at AS TIMESTAMP) DESC NULLS LAST,
                             try_cast(profile_id AS HUGEINT) NULLS LAST, profile_id
                ) AS rank
                FROM profile SEMI JOIN repeated USING (place)
            ) WHERE rank > 1
        )
    """)  # noqa: S608 - words of ours
