"""Finds the activity of a file import whose answer was lost.

A JSON import has nothing that tells it from another one: not its number of rows, which another export's or another
program's import may share. So it is sent again, which costs a call and changes nothing, since an import is an upsert
by e-mail (API reference, 6.3). A file import keeps the name of its file, and no other file has it.
"""

from __future__ import annotations

from constant_contact import Activity, ConstantContact
from exports.models import Batch, Run

# Each shows 500 jobs. Their order is not documented, so none is left out because of its age.
MAX_PAGES = 2


def file_name(run: Run, batch: Batch) -> str:
    """Return the name of the file of a batch: of no other run, of this installation or another one, is it the same."""
    return f"run-{run.pk}-{run.reference.hex}-batch-{batch.number}.csv"


def find_activity(client: ConstantContact, run: Run, batch: Batch) -> Activity | None:
    """Return the activity of a batch whose answer was lost, if it can be proved that it is this batch's."""
    if run.encoding != Run.Encoding.CSV:
        return None
    name = file_name(run, batch)
    return next((one for one in client.activities(pages=MAX_PAGES) if one.source_file_name == name), None)
