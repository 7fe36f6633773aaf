"""Who may do what with connections: one function per right, asked by button, page and POST alike."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import QuerySet


def can_manage_connections(user: Any) -> bool:
    """Administrators see, add, edit, remove and share connections and give consent; nobody else does."""
    return bool(user.is_active and user.is_staff and user.has_perm("connections.change_connection"))


def may_use_shared_connections(user: Any) -> bool:
    """Contributors may choose the connections that administrators share with them."""
    return bool(user.is_active and user.is_staff and user.has_perm("exports.change_export"))


def contributors() -> "QuerySet[Any]":
    """Return those with whom a connection can be shared: they may make exports but not manage connections."""
    people = get_user_model()._default_manager.filter(is_staff=True)
    backend = "django.contrib.auth.backends.ModelBackend"
    users = get_user_model().objects
    makers = users.with_perm("exports.change_export", include_superusers=False, backend=backend)
    administrators = users.with_perm("connections.change_connection", include_superusers=False, backend=backend)
    return people.filter(pk__in=makers).exclude(pk__in=administrators).order_by("username")
