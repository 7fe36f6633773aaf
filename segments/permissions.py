"""Who may do what with segments and profile sources: one function per right, asked by button, page and POST alike.

Documented roles: everybody with a role looks at segments; Contributors and Administrators make and change them.
Sources follow their segments: whoever decides whom to talk about also brings the profiles.
"""

from typing import Any


def can_view_segments(user: Any) -> bool:
    """Viewers, Contributors and Administrators may look at segments and at who is in them."""
    return _has(user, "segments.view_segment")


def can_edit_segments(user: Any) -> bool:
    """Contributors and Administrators may add, change and delete segments."""
    return _has(user, "segments.change_segment")


def can_view_sources(user: Any) -> bool:
    """Viewers, Contributors and Administrators may look at profile sources."""
    return _has(user, "segments.view_profilesource")


def can_edit_sources(user: Any) -> bool:
    """Contributors and Administrators may add and delete profile sources and upload files to them."""
    return _has(user, "segments.change_profilesource")


def can_edit_databases(user: Any) -> bool:
    """Administrators may say which database profiles are in, and with whose password: that is for nobody else."""
    return _has(user, "segments.change_databaseaddress")


def can_edit_source(user: Any, source: Any) -> bool:
    """Whoever may make such a source may change and delete it."""
    return can_edit_databases(user) if source.is_in_database else can_edit_sources(user)


def _has(user: Any, permission: str) -> bool:
    return bool(user.is_active and user.is_staff and user.has_perm(permission))
