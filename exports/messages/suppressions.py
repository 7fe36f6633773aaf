"""Why a file of suppressions can't be taken, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_noop

from web.messages import Text

SUPPRESSIONS: Mapping[str, Text] = {
    "too_many_rows": Text(
        gettext_noop("The file has more than %(limit)s rows."),
        gettext_noop("Divide it, and upload one after the other."),
    ),
    "several_columns": Text(
        gettext_noop("The file has several columns, and none of them is called Email."),
        gettext_noop("Leave only the column of the addresses, or call it Email in the first row."),
    ),
    "unreadable": Text(
        gettext_noop("The file can't be read from line %(line)s on."),
        gettext_noop("Save it as CSV with one address in each line, and upload it again."),
    ),
    "empty": Text(
        gettext_noop("There is nothing in the file."),
        gettext_noop("Choose a file with one email address in each line."),
    ),
    "file_gone": Text(
        gettext_noop("The addresses that were read from the file are gone, so the rest of them can't be added."),
        gettext_noop("Upload the file again: what is there already is not added twice."),
    ),
    "gave_up": Text(
        gettext_noop("The rest of the addresses could not be added, although it was tried several times."),
        gettext_noop("Upload the file again: what is there already is not added twice."),
    ),
}
