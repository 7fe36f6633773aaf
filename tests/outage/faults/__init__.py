"""What is done to the runs: a module for each kind of fault, each with `rounds(site, times)`.

`times` says how many of so many rounds are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.outage.rounds import Round
from tests.outage.site import Site

from . import answers, database_stops, disk_full, frozen_holder, jobs, kills, network_blips, stopped_early, storage_gone

Rounds = Callable[[Site, Callable[[int], int]], Iterator[Round]]

MODULES = (database_stops, network_blips, storage_gone, disk_full, frozen_holder, kills, stopped_early, jobs, answers)
FAULTS: dict[str, Rounds] = {module.__name__.rpartition(".")[2]: module.rounds for module in MODULES}
