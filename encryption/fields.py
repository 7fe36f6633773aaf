"""Text that is encrypted at rest, a model field for it, and how all of it gets another key.

Ours, on cryptography's MultiFernet: the packaged fields return the ciphertext when the key is wrong,
which would then be sent away as a token or a password.
"""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models, transaction

PREFIX = "f1:"


class UndecryptableError(Exception):
    """None of FIELD_ENCRYPTION_KEYS opens this value."""


def encrypt(text: str) -> str:
    """Return `text` as only a process with one of FIELD_ENCRYPTION_KEYS can read it; differs each time."""
    return PREFIX + _keys().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """Return what `encrypt` was given. Raises UndecryptableError with the wrong keys."""
    try:
        return _keys().decrypt(text.removeprefix(PREFIX).encode()).decode()
    except InvalidToken as error:
        raise UndecryptableError(
            "A stored secret can't be read with the present FIELD_ENCRYPTION_KEYS. Put the key it was "
            "written with back into the list, or enter the secret again (for Constant Contact: reconnect)."
        ) from error


class EncryptedTextField(models.TextField):
    """Text that only a process with one of FIELD_ENCRYPTION_KEYS can read. Null and "" stay what they are.

    Raises UndecryptableError on reading with the wrong keys. Can't be searched: a lookup other than
    isnull raises FieldError, since the same text encrypts differently each time.
    """

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return text if not text else encrypt(text)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise FieldError(f"{self.name} is encrypted and can't be searched with {lookup_name}.")
        return super().get_lookup(lookup_name)


def reencrypt_all() -> int:
    """Write every encrypted value again under the first key, whatever model holds it; return how many rows that were.

    Raises UndecryptableError at the first that no present key opens.

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


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])
