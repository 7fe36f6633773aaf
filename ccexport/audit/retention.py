"""How long the audit trail is kept."""

import time
from datetime import timedelta

from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from connections.models import Consent
from jobs.limits import LIMITS

AT_ONCE = 1000


def forget_old_entries() -> int:
    """Delete the entries older than AUDIT_RETENTION_DAYS and return how many those were; 0 days keeps all.

    A few at a time, each for good, and no longer than the work of a day may take: the next day goes on.
    Agreements to the transfer of personal data stay for good: they are evidence.
    """
    if settings.AUDIT_RETENTION_DAYS <= 0:
        return 0
    limit = timezone.now() - timedelta(days=settings.AUDIT_RETENTION_DAYS)
    consents = ContentType.objects.get_for_model(Consent)
    old = LogEntry.objects.filter(timestamp__lt=limit).exclude(content_type=consents).order_by("pk")
    deleted, ends_at = 0, time.monotonic() + (LIMITS.daily.work or 0)
    while time.monotonic() < ends_at:
        some = list(old.values_list("pk", flat=True)[:AT_ONCE])
        if not some:
            break
        deleted += LogEntry.objects.filter(pk__in=some).delete()[0]
    return deleted
