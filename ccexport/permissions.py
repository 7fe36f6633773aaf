"""Who may open the pages about the system: one function per right, asked by menu, page and POST alike."""

from typing import Any

from connections.permissions import can_manage_connections
from exports.permissions import can_create_exports, can_view_exports


def can_see_status(user: Any) -> bool:
    """Everybody with a role looks at the state of the system (documented product, roles matrix)."""
    return can_view_exports(user)


def can_retire_hosts(user: Any) -> bool:
    """To say that a silent host of workers is gone for good is for administrators."""
    return can_manage_connections(user)


def can_see_audit(user: Any) -> bool:
    """Who did what is for administrators."""
    return can_manage_connections(user)


def can_see_alerts(user: Any) -> bool:
    """Whoever may get messages: administrators about everything, makers of exports about their own."""
    return can_create_exports(user)


def can_test_alerts(user: Any) -> bool:
    """Sending a message to everybody's channels is for administrators, and so is what stands on the list."""
    return can_manage_connections(user)


def can_manage_people(user: Any) -> bool:
    """Who works here, and in which role, is for administrators."""
    return bool(user.has_perm("auth.change_user"))
