"""Who may do what with connections: one function per right, asked by button, page and POST alike."""

from typing import Any


def can_manage_connections(user: Any) -> bool:
    """Administrators see, add, edit, remove and share connections and give consent; nobody else does."""
    return bool(user.is_active and user.is_staff and user.has_perm("connections.change_connection"))


def may_use_shared_connections(user: Any) -> bool:
    """Contributors may choose the connections that administrators share with them."""
    return bool(user.is_active and user.is_staff and user.has_perm("exports.change_export"))
