"""python -m tests.outage: disturbs runs, prints the table; ends with 1 when the product said what is not so."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django

from tests.outage.database import Database
from tests.outage.environment import address_of, settings_for
from tests.outage.line import Line as NetworkLine
from tests.outage.options import Options
from tests.outage.service import Service
from tests.outage.workers import Cluster, Workers
from tests.support import object_storage


def main() -> int:
    options = Options.read(os.environ)
    signal.signal(signal.SIGTERM, _stop)
    with ExitStack() as ends:
        folder = Path(tempfile.mkdtemp(prefix="outage-"))
        ends.callback(_leave, folder, options.keep)
        service: Service = options.make_service()
        service.start()
        ends.callback(service.stop)
        database = Database()
        ends.callback(database.throw_away)
        storage = None
        if find_spec("storages"):
            storage = ends.enter_context(object_storage.running())
        storage_url = storage.storage_url if storage else ""
        os.environ |= settings_for(folder, database.url, storage_url, service)
        django.setup()
        workers = _clusters(folder, service, database)
        ends.callback(workers.kill)
        return _try_all(options, folder, service, database, storage, workers)


def _clusters(folder: Path, service: Service, database: Database) -> Workers:
    """Two hosts with a line each; the authorization server is reached by the same one where it has the same address."""
    api, auth = urlsplit(service.api_url), urlsplit(service.auth_url)
    clusters = []
    for name in ("a", "b"):
        line = NetworkLine(str(api.hostname), int(api.port or 80))
        here = f"http://127.0.0.1:{line.port}"
        auth_url = here + auth.path if auth.netloc == api.netloc else service.auth_url
        environment = {
            **address_of(here + api.path, auth_url),
            "DATABASE_URL": database.gate_url,
            "VAR_DIR": str(folder / f"var-{name}"),
        }
        clusters.append(Cluster(name, line, environment, folder / f"worker-{name}.log"))
    return Workers(clusters)


def _try_all(
    options: Options,
    folder: Path,
    service: Service,
    database: Database,
    storage: object_storage.ObjectStorage | None,
    workers: Workers,
) -> int:
    # Only now: these need the settings.
    from tests.outage.faults import FAULTS
    from tests.outage.installation import Installation
    from tests.outage.rounds import Trial
    from tests.outage.site import Site
    from tests.outage.table import LEGEND, Line, as_table

    site = Site(folder, service, database, storage, workers, Installation(service, folder), random.Random(options.seed))
    workers.start()
    trial, lines = Trial(site), dict[str, Line]()
    try:
        for name, rounds in FAULTS.items():
            for each in rounds(site, options.times) if options.takes(name) else ():
                if options.match not in each.fault:
                    continue
                line = lines.setdefault(each.fault, Line(each.fault, each.skip))
                if each.skip:
                    print(f"{each.fault}: skipped, {each.skip}", file=sys.stderr)
                    continue
                outcome = trial.carry_out(each)
                line.add(outcome)
                mistakes = "; ".join(outcome.findings.mistakes) or "ok"
                print(f"{each.fault}: {outcome.seconds:.0f} s, {outcome.ends}: {mistakes}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("Stopped; this is what was found so far.", file=sys.stderr)
    print(f"{as_table(list(lines.values()))}\n\n{LEGEND}\nClusters started again: {workers.restarts}.")
    return 1 if any(line.wrong for line in lines.values()) else 0


def _stop(number: int, frame: Any) -> None:
    """As Ctrl-C: say what was found, and leave nothing running."""
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _leave(folder: Path, keep: bool) -> None:
    if keep:
        print(f"Kept: {folder}", file=sys.stderr)
    else:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
