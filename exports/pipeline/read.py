"""READ: what Constant Contact knows of people, before anybody is planned."""

from __future__ import annotations

from .work import Pause, Work


def read_account(work: Work) -> Pause | None:
    """Read the opt-outs of the account and the list as it is."""
    return None
