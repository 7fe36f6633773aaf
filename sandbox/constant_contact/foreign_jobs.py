"""Jobs of another program that uses the same account: imports and exports of contacts that are none of the client's."""

from collections.abc import Iterator
from typing import Any

from werkzeug.wrappers import Request

from sandbox.constant_contact.account import Account
from sandbox.constant_contact.import_job import ContactImport
from sandbox.constant_contact.job import Job, Work
from sandbox.constant_contact.switches import Switches
from sandbox.constant_contact.world import World

KINDS = ("import", "export")


class ForeignExport(Work):
    """An export of contacts whose file nobody here will fetch."""

    results_path = "/v3/contact_exports/00000000-0000-4000-8000-000000000000"

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def counters(self) -> dict[str, int]:
        return {"items_total_count": self._rows, "items_completed_count": self._rows}

    def run(self, account: Account, switches: Switches, now: float) -> Iterator[None]:
        return iter(())


def add(world: World, account: Account, kind: str, rows: int) -> Job:
    """Add a job that is over. Raises ValueError when there is no such kind."""
    if kind not in KINDS:
        raise ValueError(f"Another program may {' or '.join(KINDS)}, not {kind!r}.")
    work: Work = ContactImport(lambda: [], [], rows, rows) if kind == "import" else ForeignExport(rows)
    with account.lock:
        job = account.queue.add(work, world.clock.now(), seconds=0, one_at_a_time=False, outcome="completed")
    world.wake_worker()
    return job


def beside(world: World, request: Request) -> None:
    """Add one as large as the import that just arrived, whatever becomes of that, when the switch says so."""
    kind: Any = world.switches["foreign_jobs"]
    if kind == "none" or request.method != "POST" or not request.path.endswith("_import"):
        return
    body = request.get_data()
    rows = body.count(b'"email"') if request.mimetype == "application/json" else body.count(b"@")
    add(world, world.account(), kind, rows)
