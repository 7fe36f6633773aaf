"""Who may open the pages about the system: one function per right, asked by menu, page and POST alike."""

from typing import Any

from connections.permissions import can_manage_connections
from exports.permissions import can_create_exports, can_view_exports

can_see_status = can_view_exports  # everybody with a role (documented product, roles matrix)
can_see_alerts = can_create_exports  # administrators about everything, makers of exports about their own
# For administrators: to say that a silent host of workers is gone for good, to read who did what, and to send a message
# to everybody's channels, with what stands on the list of alerts.
can_retire_hosts = can_see_audit = can_test_alerts = can_manage_connections


def can_manage_people(user: Any) -> bool:
    """Who works here, and in which role, is for administrators."""
    return bool(user.has_perm("auth.change_user"))
