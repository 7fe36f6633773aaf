import secrets
from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import BaseCommand, CommandParser

MAKERS = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "FIELD_ENCRYPTION_KEYS": lambda: Fernet.generate_key().decode(),
}


class Command(BaseCommand):
    help = "Prints a fresh value for a secret. It is stored nowhere."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=sorted(MAKERS))

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(MAKERS[options["name"]]())
