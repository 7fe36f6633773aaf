"""READ: what Constant Contact knows of people, before anybody is planned."""

from __future__ import annotations

from exports.people.account_counts import read_counts
from exports.people.automations import read_automations

from .work import Pause, Work


def read_account(work: Work) -> Pause | None:
    """Read the opt-outs of the account and the list as it is."""
    read_counts(work)
    read_automations(work)
    return None
