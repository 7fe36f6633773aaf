"""What relies on a connection, told by the apps that know: connections can't import them.

An app registers a source when it starts; the page that removes a connection asks all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import Promise

from .models import Connection


@dataclass(frozen=True, slots=True)
class Dependent:
    """One thing that uses a connection, such as an export.

    `detach(by)` keeps it without a connection, `remove(by)` deletes it; both may raise ValueError with a
    sentence for the person when that is impossible now. `id` is unique over all sources.
    """

    id: str
    name: str
    url: str
    detach: Callable[[Any], object]
    remove: Callable[[Any], None]
    note: str | Promise = ""


class Source(Protocol):
    def of(self, connection: Connection) -> list[Dependent]: ...


_sources: list[Source] = []


def register(source: Source) -> None:
    """Let `source` answer for its kind of dependents. Safe to repeat."""
    if source not in _sources:
        _sources.append(source)


def of(connection: Connection) -> list[Dependent]:
    """Return everything that uses `connection`."""
    return [dependent for source in _sources for dependent in source.of(connection)]


def find(connection: Connection, dependent_id: str) -> Dependent | None:
    """Return the one dependent of that id, None when it no longer uses the connection."""
    return next((dependent for dependent in of(connection) if dependent.id == dependent_id), None)
