"""Who may do what with segments: one function per right, asked by button, page and POST alike.

Documented roles: everybody with a role looks at segments; Contributors and Administrators make and change them.
"""

from typing import Any


def can_view_segments(user: Any) -> bool:
    """Viewers, Contributors and Administrators may look at segments and at who is in them."""
    return _has(user, "segments.view_segment")


def can_edit_segments(user: Any) -> bool:
    """Contributors and Administrators may add, change and delete segments."""
    return _has(user, "segments.change_segment")


def _has(user: Any, permission: str) -> bool:
    return bool(user.is_active and user.is_staff and user.has_perm(permission))
