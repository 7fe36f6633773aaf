"""Where a person is: the profiles of each source, by the attributes that are sent as the address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connections.models import Connection
from exports.models import Export
from exports.models.configuration import Configuration
from profiles.erasing import count_elsewhere, find_keys
from profiles.models import ProfileSource
from segments.models import Segment


@dataclass(frozen=True, slots=True)
class Found:
    """What a source has of a person. Of a table in a database nothing is asked: `is_table`."""

    source: ProfileSource
    keys: list[str] = field(default_factory=list)
    elsewhere: int = 0  # other profiles that have the address in an attribute which is not sent as one

    @property
    def is_table(self) -> bool:
        return self.source.is_in_database


def address_attributes(source: ProfileSource) -> list[str]:
    """Return the attributes of a source that hold the addresses of its people.

    Those that exports send as the address; where none does, all that look like addresses.
    """
    exports = Export.objects.filter(segments__source=source).distinct()
    sent = {mapping.get("email", "") for mapping in exports.values_list("mapping", flat=True)}
    named = [each.name for each in source.attributes() if each.name in sent]
    return named or [each.name for each in source.attributes() if each.looks_like_email]


def find_everywhere(address: str) -> list[Found]:
    """Look through every source. Raises StorageUnavailableError."""
    return [find_in(source, address) for source in ProfileSource.objects.order_by("name")]


def find_in(source: ProfileSource, address: str) -> Found:
    """Look through one source; one whose file is gone has nobody. Raises StorageUnavailableError."""
    if source.is_in_database:
        return Found(source)
    names = address_attributes(source)
    try:
        return Found(source, find_keys(source, address, names), count_elsewhere(source, address, names))
    except FileNotFoundError:
        return Found(source)


def keys_of(configuration: Configuration, profiles: Mapping[str, list[str]]) -> list[str]:
    """Return the person's keys among the candidates of a configuration.

    None where these come from several sources: there a key alone does not say whose profile it is.
    """
    ids = [segment["id"] for segment in configuration["segments"]]
    sources = list(Segment.objects.filter(pk__in=ids).values_list("source", flat=True))
    if len(sources) < len(ids) or len(set(sources)) != 1:
        return []
    return profiles.get(str(sources[0]), [])


def accounts() -> list[Connection]:
    """Return a connection that can be used for each account."""
    ready = Connection.objects.ready().exclude(account_id="").order_by("pk")
    return list({connection.account_id: connection for connection in ready}.values())
