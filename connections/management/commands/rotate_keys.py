"""Write every stored secret again under the first of FIELD_ENCRYPTION_KEYS, so that the old keys can be dropped."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import ngettext

from connections import tokens
from connections.fields import UndecryptableError


class Command(BaseCommand):
    help = "Encrypts all stored tokens with the first of FIELD_ENCRYPTION_KEYS; the others may be dropped afterwards."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = tokens.reencrypt_all()
        except UndecryptableError as error:
            raise CommandError(str(error)) from error
        told = ngettext(
            "%(count)d connection was re-encrypted.", "%(count)d connections were re-encrypted.", written
        )
        self.stdout.write(told % {"count": written})
