"""Who may do what with segments: one function per right, asked by button, page and POST alike.

Documented roles: everybody with a role looks at segments; Contributors and Administrators make and change them.
"""

from typing import Any

from profiles.permissions import has_permission


def can_view_segments(user: Any) -> bool:
    """Viewers, Contributors and Administrators may look at segments and at who is in them."""
    return has_permission(user, "segments.view_segment")


def can_edit_segments(user: Any) -> bool:
    """Contributors and Administrators may add, change and delete segments."""
    return has_permission(user, "segments.change_segment")
