"""What the audit trail watches: rows and their fields (never a token or the hash of a password), and who signs in."""

from typing import Any

from auditlog.registry import auditlog
from django.contrib.auth.models import User
from django.http import HttpRequest

import audit_trail
from connections.models import Connection, Consent
from exports.models import Export, ExportSchedule, RefreshSchedule
from profiles.models import ProfileImport, ProfileSource
from segments.models import Segment

MASK = "audit_trail.without_addresses"


def watch() -> None:
    """Have django-auditlog write down what happens to these rows. Safe to repeat."""
    auditlog.register(
        Connection,
        include_fields=["display_name", "kind", "sharing", "state", "organization_name", "account_id"],
        m2m_fields={"chosen_contributors"},
    )
    auditlog.register(Consent, include_fields=["user", "connection", "text_version", "language", "ip_address"])
    auditlog.register(
        Export,
        include_fields=["name", "connection", "list_id", "list_name", "mapping", "strict_targets", "consent_attribute"],
        m2m_fields={"segments"},
    )
    for schedule in (RefreshSchedule, ExportSchedule):
        auditlog.register(schedule, include_fields=["is_on", "recurrence", "days", "times", "time_zone"])
    auditlog.register(ProfileSource, include_fields=["name", "kind", "key_attribute", "updated_attribute"])
    auditlog.register(ProfileImport, include_fields=["source", "file_name"])
    auditlog.register(
        Segment,
        include_fields=["name", "description", "source", "rules", "type", "state"],
        # A rule may name a person by their address.
        mask_fields=["rules", "description"],
        mask_callable=MASK,
    )
    auditlog.register(User, include_fields=["username", "first_name", "last_name", "email", "is_active"])


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
