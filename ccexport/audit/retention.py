"""How long the audit trail is kept."""

from datetime import timedelta

from auditlog.models import LogEntry
from django.conf import settings
from django.utils import timezone


def forget_old_entries() -> int:
    """Delete the entries older than AUDIT_RETENTION_DAYS and return how many those were; 0 days keeps all."""
    if settings.AUDIT_RETENTION_DAYS <= 0:
        return 0
    limit = timezone.now() - timedelta(days=settings.AUDIT_RETENTION_DAYS)
    deleted, _by_model = LogEntry.objects.filter(timestamp__lt=limit).delete()
    return int(deleted)
