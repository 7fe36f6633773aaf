"""The contacts of one account, kept small: a million of them fit in a few hundred MB.

A contact is a serial number into parallel columns, not an object. Its values are one joined string beside a shared
tuple of their names; membership of a list is one byte per contact in the list's own bytearray.
"""

from array import array
from collections.abc import Iterator

SEPARATOR = "\x1f"
PERMISSIONS = ("implicit", "explicit", "unsubscribed", "pending_confirmation", "temp_hold", "not_set")
IMPLICIT, EXPLICIT, UNSUBSCRIBED, PENDING = range(4)


class ContactStore:
    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self.serials: dict[str, int] = {}
        self.emails: list[str] = []
        self._names: list[tuple[str, ...]] = []
        self._values: list[str] = []
        self.permissions = bytearray()
        self.created = array("d")
        self.updated = array("d")
        self.deleted: dict[int, float] = {}
        self.opt_outs: dict[int, tuple[str, float, str]] = {}
        self.own_sign_ups: set[int] = set()
        self._members: dict[str, bytearray] = {}
        self._shared: dict[tuple[str, ...], tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self.emails)

    # Identity
    def contact_id(self, serial: int) -> str:
        return f"{self._prefix}-11ef-8000-{serial:012x}"

    def serial_of(self, contact_id: str) -> int | None:
        prefix, _, tail = contact_id.lower().rpartition("-")
        if prefix != f"{self._prefix}-11ef-8000" or len(tail) != 12:
            return None
        try:
            serial = int(tail, 16)
        except ValueError:
            return None
        return serial if serial < len(self.emails) else None

    # Values
    def add(self, key: str, email: str, names: tuple[str, ...], values: str, permission: int, now: float) -> int:
        """Append a contact and return its serial. `values` are joined by SEPARATOR in the order of `names`."""
        serial = len(self.emails)
        self.serials[key] = serial
        self.emails.append(key if key == email else email)
        self._names.append(names)
        self._values.append(values)
        self.permissions.append(permission)
        self.created.append(now)
        self.updated.append(now)
        return serial

    def shared(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The one copy of these names that all contacts with the same columns point to."""
        return self._shared.setdefault(names, names)

    def fields(self, serial: int) -> dict[str, str]:
        names = self._names[serial]
        return dict(zip(names, self._values[serial].split(SEPARATOR), strict=True)) if names else {}

    def names(self, serial: int) -> tuple[str, ...]:
        return self._names[serial]

    def update(self, serial: int, names: tuple[str, ...], values: str, now: float) -> None:
        """Overwrite what is supplied, leave the rest. `values` has no empty one (`replace` erases)."""
        if self._names[serial] is names:
            self._values[serial] = values
        elif names:
            self.replace(serial, self.fields(serial) | dict(zip(names, values.split(SEPARATOR), strict=True)), now)
        self.updated[serial] = now

    def replace(self, serial: int, fields: dict[str, str], now: float) -> None:
        kept = {name: value for name, value in fields.items() if value != ""}
        self._names[serial] = self.shared(tuple(kept))
        self._values[serial] = SEPARATOR.join(kept.values())
        self.updated[serial] = now

    # Membership
    def flags(self, list_id: str, room: int = 0) -> bytearray:
        """The list's membership bytes, long enough for every contact and `room` more."""
        flags = self._members.setdefault(list_id, bytearray())
        missing = len(self.emails) + room - len(flags)
        if missing > 0:
            flags.extend(bytes(max(missing, len(flags) // 8)))
        return flags

    @property
    def list_count(self) -> int:
        return len(self._members)

    def join(self, serial: int, list_id: str) -> None:
        self.flags(list_id)[serial] = 1

    def leave(self, serial: int, list_id: str) -> None:
        self.flags(list_id)[serial] = 0

    def leave_all(self, serial: int) -> None:
        for flags in self._members.values():
            if serial < len(flags):
                flags[serial] = 0

    def drop_list(self, list_id: str) -> None:
        self._members.pop(list_id, None)

    def lists_of(self, serial: int) -> list[str]:
        return [list_id for list_id, flags in self._members.items() if serial < len(flags) and flags[serial]]

    def count(self, list_id: str, mailable_only: bool = False) -> int:
        flags = self._members.get(list_id, b"")
        if not mailable_only:
            return flags.count(1)
        return sum(1 for serial in _ones(flags, 0) if self.is_mailable(serial))

    def members(self, list_id: str, start: int = 0) -> Iterator[int]:
        return _ones(self._members.get(list_id, b""), start)

    def with_permission(self, permission: int, start: int = 0) -> Iterator[int]:
        return _ones(self.permissions, start, permission)

    # Permission
    def is_mailable(self, serial: int) -> bool:
        return self.permissions[serial] in (IMPLICIT, EXPLICIT) and serial not in self.deleted

    def unsubscribe(self, serial: int, source: str, now: float, reason: str = "") -> None:
        """Opt the contact out of everything; it keeps its data and loses its lists."""
        self.permissions[serial] = UNSUBSCRIBED
        self.opt_outs[serial] = (source, now, reason)
        self.leave_all(serial)
        self.updated[serial] = now

    def delete(self, serial: int, now: float) -> None:
        self.deleted[serial] = now
        self.leave_all(serial)
        self.updated[serial] = now

    def revive(self, serial: int) -> None:
        self.deleted.pop(serial, None)


def _ones(flags: bytearray | bytes, start: int, value: int = 1) -> Iterator[int]:
    at = flags.find(value, start)
    while at >= 0:
        yield at
        at = flags.find(value, at + 1)
