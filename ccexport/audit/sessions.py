"""Signing in and out, in the audit trail."""

from typing import Any

from django.http import HttpRequest

import audit_trail


def signed_in(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    """A person came in: by a password, or through the provider that the request remembers."""
    provider = getattr(request, "signed_in_through", None)
    if provider:
        audit_trail.record(user, "signed_in_at", by=user, provider=provider)
    else:
        audit_trail.record(user, "signed_in", by=user)


def signed_out(sender: Any, request: HttpRequest, user: Any, **kwargs: Any) -> None:
    if user is not None:
        audit_trail.record(user, "signed_out", by=user)
