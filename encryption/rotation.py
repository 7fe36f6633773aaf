"""Writes every encrypted value again under the first of FIELD_ENCRYPTION_KEYS, whatever model holds it."""

from django.apps import apps
from django.db import transaction

from .fields import EncryptedTextField


def reencrypt_all() -> int:
    """Return how many rows were written. Raises UndecryptableError at the first that no present key opens.

    Each row is locked while it is rewritten, so what another process writes at the same moment is never put back.
    """
    written = 0
    for model in apps.get_models():
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedTextField)]
        rows = model._base_manager
        for pk in rows.values_list("pk", flat=True) if names else ():
            with transaction.atomic():
                secrets = rows.select_for_update().filter(pk=pk).values(*names).first()
                written += rows.filter(pk=pk).update(**secrets) if secrets else 0
    return written
