"""Who is suppressed here: found among many addresses in the engine, or for a single one.

A suppression matches by its clear text, by the domain, with whatever stands below it (of example.com also
mail.example.com: whoever forbids a company means all of it), or, where the clear text was erased, by the keyed hash.
Only for the last do addresses pass through Python, in pieces: a million take about two seconds, and none where nobody
was erased.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Q
from duckdb import DuckDBPyConnection

from encryption.hashing import keyed_hash
from exports.models import Suppression
from web.messages import Message

from .addresses import domains_of, normalised

PURPOSE = "suppressions"
PIECE = 20_000  # rows at once
SUPPRESSED = "suppressed"
# What a plan says of them: since when, and the number of the suppression.
_REASON = "strftime(since, '%Y-%m-%dT%H:%M:%SZ') || ' ' || pk"


def key_maker() -> Callable[[str], str]:
    """Return the function that makes the key of a normalised address, and of a domain with an @ before it.

    Raises UndecryptableError.
    """
    return keyed_hash(PURPOSE)


def in_force_for(email: str, connection_id: int | None) -> list[Suppression]:
    """Return what suppresses one address, the oldest first; erased ones too."""
    email = normalised(email)
    found = Q(key=key_maker()(email)) | Q(kind=Suppression.Kind.DOMAIN, domain__in=domains_of(email))
    rows = Suppression.objects.in_force_for(connection_id).filter(found)
    return list(rows.select_related("connection", "upload", "created_by").order_by("pk"))


def said_of(reason: str) -> Message:
    """Return what to say of somebody whom a plan left out for this reason: who suppressed them, when, and why."""
    number = reason.rpartition(" ")[2]
    row = Suppression.objects.filter(pk=number if number.isdigit() else 0).select_related("created_by").first()
    if row is None:
        return Message("person.suppressed")
    if row.removed_at is not None:
        return Message("person.suppression_removed")
    who = row.created_by.get_username() if row.created_by else "–"
    said = {"who": who, "at": row.created_at.isoformat(), "why": row.reason}
    if row.domain:
        return Message("person.suppressed_by_domain", {**said, "domain": row.domain})
    return Message("person.suppressed_by", said)


def erase_clear_text(email: str, reason: str, by: Any) -> Suppression:
    """Suppress an address for all connections and for good, by its keyed hash alone, and return that row.

    Whatever else was said about the address keeps its hash too, and loses its clear text; also where it was removed.
    """
    email, key_of = normalised(email), key_maker()
    key = key_of(email)
    values = {"email": "", "reason": reason.replace(email, "…"), "created_by": by}
    kept, _made = Suppression.objects.active().get_or_create(account_id="", key=key, defaults=values)
    for row in Suppression.objects.filter(key=key):
        texts = {name: re.sub(re.escape(email), "…", getattr(row, name), flags=re.I) for name in _TEXTS}
        Suppression.objects.filter(pk=row.pk).update(email="", **texts)
    kept.refresh_from_db()
    return kept


_TEXTS = ("reason", "removed_reason")


def drop_erased(duck: DuckDBPyConnection, table: str) -> None:
    """Delete from a table with the column `email` whoever was erased: what is read later must not bring them back.

    The table is read only where somebody was erased.
    """
    erased = Suppression.objects.active().filter(account_id="", email="", domain="")
    keys = set(erased.order_by().values_list("key", flat=True))
    if keys and (found := _having(duck, table, keys)):
        emails = [email for email, _key in found]
        duck.execute(f"DELETE FROM {table} WHERE email IN (SELECT unnest(?::VARCHAR[]))", [emails])  # noqa: S608 - ours


def is_said_since(moment: datetime, connection_id: int | None) -> bool:
    """Whether somebody was suppressed or released since then, or shortly before, by a transaction that ended later."""
    earlier = moment - timedelta(minutes=5)
    rows = Suppression.objects.for_connection(connection_id)
    return rows.filter(Q(created_at__gt=earlier) | Q(removed_at__gt=earlier)).exists()


def stage(duck: DuckDBPyConnection, emails: str, *, connection_id: int | None) -> None:
    """Make the table `suppressed` (email, reason): who of the relation `emails` (email) is, each once, with the oldest.

    `emails` is a name or a query of ours, in parentheses; it is read only where there are suppressions.
    """
    _load(duck, connection_id)
    duck.execute("CREATE OR REPLACE TEMP TABLE suppressed (email VARCHAR, reason VARCHAR)")
    parts = ["SELECT email, since, pk FROM suppression SEMI JOIN address USING (email) WHERE email <> ''"]
    kinds = {kind for (kind,) in duck.execute("SELECT DISTINCT kind FROM suppression").fetchall()}
    if not kinds:
        return
    duck.execute(f"CREATE OR REPLACE TEMP VIEW address AS SELECT email FROM {emails}")  # noqa: S608 - ours
    if "domain" in kinds:
        parts.append(_OF_DOMAINS)
    if "key" in kinds:
        _match_keys(duck)
        parts.append("SELECT suppressed_key.email, since, pk FROM suppressed_key JOIN suppression USING (key)")
    duck.execute(f"""
        INSERT INTO suppressed
        SELECT email, arg_min({_REASON}, pk) FROM ({" UNION ALL ".join(parts)}) GROUP BY email
    """)  # noqa: S608 - words of ours


# Each domain once, with those above it, so that thousands of suppressed domains are looked up and not compared.
_OF_DOMAINS = """
    SELECT mine.email, since, pk FROM (SELECT email, split_part(email, '@', -1) AS own FROM address) AS mine JOIN (
        SELECT own, unnest([array_to_string(labels[x:], '.') for x in range(1, len(labels))]) AS domain
        FROM (SELECT own, string_split(own, '.') AS labels
              FROM (SELECT DISTINCT split_part(email, '@', -1) AS own FROM address))
    ) USING (own) JOIN suppression USING (domain) WHERE kind = 'domain'
"""


def _load(duck: DuckDBPyConnection, connection_id: int | None) -> None:
    """The suppressions that hold, as the table `suppression`. Where there is clear text the key is left behind."""
    duck.execute("""
        CREATE OR REPLACE TEMP TABLE suppression
        (kind VARCHAR, email VARCHAR, domain VARCHAR, key VARCHAR, since TIMESTAMP, pk BIGINT)
    """)
    rows = Suppression.objects.in_force_for(connection_id).order_by()
    columns = ("email", "domain", "key", "created_at", "pk")
    stream = rows.values_list(*columns).iterator(chunk_size=PIECE)
    while piece := list(islice(stream, PIECE)):
        emails, domains, keys, moments, numbers = zip(*piece, strict=True)
        since = [f"{moment:%Y-%m-%dT%H:%M:%S}" for moment in moments]
        duck.execute(_TAKE_IN, ["\n".join(map(str, texts)) for texts in (emails, domains, keys, since, numbers)])


# A text for each column: the engine takes a quarter of the time that it takes for lists of as many values.
_TAKE_IN = """
    INSERT INTO suppression
    SELECT CASE WHEN domain <> '' THEN 'domain' WHEN email <> '' THEN 'address' ELSE 'key' END,
           email, domain, CASE WHEN email = '' AND domain = '' THEN key END, since::TIMESTAMP, pk::BIGINT
    FROM (SELECT unnest(string_split(?, chr(10))) AS email, unnest(string_split(?, chr(10))) AS domain,
                 unnest(string_split(?, chr(10))) AS key, unnest(string_split(?, chr(10))) AS since,
                 unnest(string_split(?, chr(10))) AS pk)
"""


def _match_keys(duck: DuckDBPyConnection) -> None:
    """The addresses whose keyed hash is one of a suppression without clear text, as the table `suppressed_key`."""
    wanted = {key for (key,) in duck.execute("SELECT key FROM suppression WHERE kind = 'key'").fetchall()}
    found = _having(duck, "address", wanted)
    duck.execute("CREATE OR REPLACE TEMP TABLE suppressed_key (email VARCHAR, key VARCHAR)")
    if found:
        duck.executemany("INSERT INTO suppressed_key VALUES (?, ?)", found)


def _having(duck: DuckDBPyConnection, table: str, keys: Collection[str]) -> list[tuple[str, str]]:
    """The addresses of a table that have one of these keys, each with its key."""
    key_of = key_maker()
    cursor = duck.execute(f"SELECT email FROM {table} WHERE email <> ''")  # noqa: S608 - a name of ours
    return [(email, key) for emails in _pieces(cursor) for email in emails if (key := key_of(email)) in keys]


def _pieces(cursor: Any) -> Iterator[Sequence[str]]:
    while rows := cursor.fetchmany(PIECE):
        yield [email for (email,) in rows]
