"""What an import does when its time has come: each row creates, changes or revives a contact, or is counted."""

from collections.abc import Callable, Iterator
from typing import Any

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.contact_store import IMPLICIT, SEPARATOR, UNSUBSCRIBED, ContactStore
from sandbox.constant_contact.custom_values import checks_of
from sandbox.constant_contact.import_rows import Reader, Refused, Rules
from sandbox.constant_contact.job import JobFailed, Work
from sandbox.constant_contact.switches import Switches

SLICE = 1_000


class ContactImport(Work):
    """The work of one import. `load` gives its rows again, so that they need no memory while the job waits."""

    def __init__(
        self, load: Callable[[], list[Any]], list_ids: list[str], items: int, persons: int, source_file_name: str = ""
    ) -> None:
        self.source_file_name = source_file_name
        self.list_ids = list_ids
        self._load: Callable[[], list[Any]] | None = load
        self._items, self._persons = items, persons
        self._errors = self._correctable = self._cannot_add = 0
        self.share = self.counted = 1.0  # of its rows: imported, and of those counted

    def counters(self) -> dict[str, int]:
        return {
            "items_total_count": self._items,
            "person_count": self._persons,
            "error_count": self._errors,
            "correctable_count": self._correctable,
            "cannot_add_to_list_count": self._cannot_add,
        }

    def run(self, account: Account, switches: Switches, now: float) -> Iterator[None]:
        assert self._load is not None
        list_ids = [list_id for list_id in self.list_ids if account.living_list(list_id)]
        if len(list_ids) < len(self.list_ids) and switches["list_gone"] == "fail":
            raise JobFailed("A list of this import does not exist any more.")
        rows, self._load = self._load(), None
        if self.share < 1:
            rows = rows[: int(len(rows) * self.share)]
            self._items = self._persons = len(rows)
        unfit = switches["unfit_custom_value"]
        reader = Reader(
            Rules(
                custom_fields=frozenset(one.name for one in account.custom_fields.values()),
                unknown_custom_field=switches["unknown_custom_field"],
                cut_long_values=switches["long_value"] == "cut",
                empty_value_erases=switches["empty_value"] == "erase",
                most_custom_fields=switches["custom_fields_per_contact"],
                checks={} if unfit == "keep" else checks_of(account.custom_fields),
                skip_unfit_values=unfit == "ignore",
            )
        )
        importer = _Importer(account.store, list_ids, switches, now)
        for start in range(0, len(rows), SLICE):
            importer.make_room(SLICE)
            for row in rows[start : start + SLICE]:
                self._take(importer, reader, row)
            yield
        if switches["person_count"] == "contacts":
            self._persons = len(importer.seen)
        self._persons = int(self._persons * self.counted)

    def _take(self, importer: "_Importer", reader: Reader, row: Any) -> None:
        try:
            if not importer.put(*reader.read(row)):
                self._cannot_add += 1
        except Refused as refused:
            if refused.correctable:
                self._correctable += 1
            else:
                self._errors += 1


class _Importer:
    """Puts rows into the account's store, on all lists of the import."""

    def __init__(self, store: ContactStore, list_ids: list[str], switches: Switches, now: float) -> None:
        self._store, self._list_ids, self._now = store, list_ids, now
        self._fold = switches["fold_case"]
        self._revives = switches["deleted_contact"] == "revive"
        self._first_row_wins = switches["duplicate_rows"] == "first"
        self._erases = switches["empty_value"] == "erase"
        self._most_lists = switches["lists_per_contact"]
        self._is_full_an_error = switches["too_many_lists_of_contact"] == "error"
        self._most_custom_fields = switches["custom_fields_per_contact"]
        self._flags: list[bytearray] = []
        self.seen: set[str] = set()

    def make_room(self, rows: int) -> None:
        self._flags = [self._store.flags(list_id, rows) for list_id in self._list_ids]

    def put(self, email: str, names: tuple[str, ...], values: str) -> bool:
        """Write the row into the account; False when the person may not be put on a list."""
        store = self._store
        key = (email.lower() if self._fold else email) or f"sms:{_paired(names, values)['sms_number']}"
        if self._first_row_wins and key in self.seen:
            return True
        self.seen.add(key)
        serial = store.serials.get(key)
        if serial is None:
            serial = store.add(key, email, store.shared(names), values, IMPLICIT, self._now)
            if self._erases:
                store.replace(serial, _paired(names, values), self._now)
        elif not self._change(serial, names, values):
            return False
        for flags in self._flags:
            flags[serial] = 1
        return True

    def _change(self, serial: int, names: tuple[str, ...], values: str) -> bool:
        store = self._store
        together = {*store.names(serial), *names}
        if len(together) > self._most_custom_fields < sum(name.startswith("cf:") for name in together):
            raise Refused(correctable=False)
        # Few accounts have that many lists; the others need not look at each contact's.
        may_be_full = store.list_count >= self._most_lists
        if may_be_full and len({*store.lists_of(serial), *self._list_ids}) > self._most_lists:
            if self._is_full_an_error:
                raise Refused(correctable=False)
            return False
        if serial in store.deleted:
            if not self._revives:
                return False
            store.revive(serial)
        if self._erases:
            store.replace(serial, store.fields(serial) | _paired(names, values), self._now)
        else:
            store.update(serial, store.shared(names), values, self._now)
        return store.permissions[serial] != UNSUBSCRIBED


def _paired(names: tuple[str, ...], values: str) -> dict[str, str]:
    return dict(zip(names, values.split(SEPARATOR), strict=True)) if names else {}
