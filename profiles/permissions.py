"""Who may do what with profile sources: one function per right, asked by button, page and POST alike.

Sources follow their segments: whoever decides whom to talk about also brings the profiles.
"""

from typing import Any


def can_view_sources(user: Any) -> bool:
    """Viewers, Contributors and Administrators may look at profile sources."""
    return has_permission(user, "profiles.view_profilesource")


def can_edit_sources(user: Any) -> bool:
    """Contributors and Administrators may add and delete profile sources and upload files to them."""
    return has_permission(user, "profiles.change_profilesource")


def can_edit_databases(user: Any) -> bool:
    """Administrators may say which database profiles are in, and with whose password: that is for nobody else."""
    return has_permission(user, "profiles.change_databaseaddress")


def can_edit_source(user: Any, source: Any) -> bool:
    """Whoever may make such a source may change and delete it."""
    return can_edit_databases(user) if source.is_in_database else can_edit_sources(user)


def has_permission(user: Any, permission: str) -> bool:
    """Whether an active member of the staff has a permission."""
    return bool(user.is_active and user.is_staff and user.has_perm(permission))
