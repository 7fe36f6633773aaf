"""Write every stored secret again under the first of FIELD_ENCRYPTION_KEYS, so that the old keys can be dropped."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import ngettext

from encryption.fields import UndecryptableError, reencrypt_all


class Command(BaseCommand):
    help = "Encrypts all stored secrets with the first of FIELD_ENCRYPTION_KEYS; the others may be dropped afterwards."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = reencrypt_all()
        except UndecryptableError as error:
            raise CommandError(str(error)) from error
        message = ngettext(
            "%(count)d stored secret was re-encrypted.", "%(count)d stored secrets were re-encrypted.", written
        )
        self.stdout.write(message % {"count": written})
