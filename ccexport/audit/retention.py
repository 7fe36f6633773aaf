"""How long the audit trail is kept."""

from datetime import timedelta

from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from connections.models import Consent


def forget_old_entries() -> int:
    """Delete the entries older than AUDIT_RETENTION_DAYS and return how many those were; 0 days keeps all.

    Agreements to the transfer of personal data stay for good: they are evidence.
    """
    if settings.AUDIT_RETENTION_DAYS <= 0:
        return 0
    limit = timezone.now() - timedelta(days=settings.AUDIT_RETENTION_DAYS)
    consents = ContentType.objects.get_for_model(Consent)
    old = LogEntry.objects.filter(timestamp__lt=limit).exclude(content_type=consents)
    deleted, _by_model = old.delete()
    return int(deleted)
