"""Whether one address is kept off a list, and by what: the rules of exports.plan.kept_out for a single person."""

from __future__ import annotations

from exports.models import Roster

from .standing import known_on, opted_out
from .suppressions import SUPPRESSED, in_force_for


def kept_off(account_id: str, list_id: str, connection_id: int, address: str) -> str:
    """Return opted_out, deleted, left_list or suppressed; blank when nothing keeps the address off the list.

    Raises StorageUnavailableError.
    """
    if (out := opted_out(account_id, address)) is not None:
        return out.kind
    roster = Roster.objects.filter(account_id=account_id, list_id=list_id).first()
    known = known_on(roster, address)
    if known is not None and known.left is not None:
        return "left_list"
    return SUPPRESSED if in_force_for(address, connection_id) else ""
