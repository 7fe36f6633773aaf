"""What the account told of one address: whether it opted out, and what is known of it on one list.

Read from the files of exports.models.people, without asking Constant Contact. Raises StorageUnavailableError.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.sessions import open_engine
from exports.models import OptOuts, Roster

from .files import local

MEMORY = "128MB"


@dataclass(frozen=True, slots=True)
class OptedOut:
    """Somebody who opted out of the whole account, or was deleted there. `at`: null where nobody told."""

    kind: str  # opted_out or deleted
    at: datetime | None
    source: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an address on a list: see exports.people.roster."""

    export_id: int | None
    first_sent: datetime | None
    last_sent: datetime | None
    run_id: int | None
    confirmed: datetime | None
    on_list: bool | None
    left: datetime | None
    removed: datetime | None
    removed_by_run: int | None

    @property
    def is_away(self) -> bool:
        """Whether it left the list or was taken off, and did not come back."""
        return self.left is not None or self.removed is not None


def opted_out(account_id: str, address: str) -> OptedOut | None:
    row = OptOuts.objects.filter(account_id=account_id).first()
    found = _row(row.file if row else "", address, ("kind", "at", "source"))
    return OptedOut(found[0], _moment(found[1]), found[2] or "") if found else None


def known_on(roster: Roster | None, address: str) -> Known | None:
    """Return what the roster says of an address; None when it says nothing of it."""
    found = _row(roster.file if roster else "", address, tuple(Known.__slots__))
    if not found:
        return None
    values: list[Any] = [_moment(value) if isinstance(value, datetime) else value for value in found]
    return Known(*values)


def _row(name: str, address: str, columns: tuple[str, ...]) -> tuple[Any, ...] | None:
    path = local(name)
    if path is None:  # it is lost: then nothing is known
        return None
    names = ", ".join(f'"{column}"' for column in columns)
    query = f"SELECT {names} FROM read_parquet($path) WHERE email = $address LIMIT 1"  # noqa: S608 - names of ours
    with open_engine(MEMORY, reach=[path]) as duck:
        return duck.execute(query, {"path": str(path), "address": address}).fetchone()


def _moment(value: datetime | None) -> datetime | None:
    """The files hold UTC without saying so."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value
