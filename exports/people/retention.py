"""The daily sweep of the files of people: what was replaced, and what killed processes left behind."""

from __future__ import annotations

from engine.files import discard_old

from . import opt_outs, roster


def sweep_people() -> None:
    """Delete the files that no row names any more. Raises StorageUnavailableError."""
    discard_old(opt_outs.FOLDER, apart_from=opt_outs.names_in_use())
    discard_old(roster.FOLDER, apart_from=roster.names_in_use())
