"""The three roles as groups of Django permissions. Roles are cumulative (documented product, roles matrix).

Viewers look; Contributors also make segments and exports on connections shared with them; Administrators do everything.
"""

from typing import Any

from django.utils.translation import gettext_noop

ADMINISTRATORS = gettext_noop("Administrators")
CONTRIBUTORS = gettext_noop("Contributors")
VIEWERS = gettext_noop("Viewers")

# A database of profiles holds credentials: like a connection, it is for administrators to set up.
_CREDENTIALS = "_databaseaddress"

_VIEW = {("profiles", "view_"), ("segments", "view_"), ("exports", "view_")}
_MAKE = {("profiles", ""), ("segments", ""), ("exports", "")}
_ADMINISTER = _MAKE | {
    ("connections", ""),
    ("auth", ""),
    ("ccexport", ""),
    ("django_q", "view_"),
    ("auditlog", "view_"),
}


def permissions_of(role: str) -> list[Any]:
    """Return the permissions that `role` has, by app and by the beginning of their code names."""
    from django.contrib.auth.models import Permission

    rules = {VIEWERS: _VIEW, CONTRIBUTORS: _VIEW | _MAKE, ADMINISTRATORS: _ADMINISTER}[role]
    every = Permission.objects.select_related("content_type")
    return [
        permission
        for permission in every
        if any(permission.content_type.app_label == app and permission.codename.startswith(name) for app, name in rules)
        and (role == ADMINISTRATORS or not permission.codename.endswith(_CREDENTIALS))
    ]


def make_roles(**kwargs: Any) -> None:
    """Create the three groups and give them what their role may do. Runs after every migrate; safe to repeat."""
    from django.contrib.auth.models import Group

    for role in (ADMINISTRATORS, CONTRIBUTORS, VIEWERS):
        group, _made = Group.objects.get_or_create(name=role)
        group.permissions.set(permissions_of(role))
