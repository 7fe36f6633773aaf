from typing import Any

from django.core.management.base import BaseCommand

from ccexport.catalogues import update_catalogue


class Command(BaseCommand):
    help = "Collects every text of ours into the catalogue, and lists those without a translation."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        missing = update_catalogue()
        for text in missing:
            self.stdout.write(f"  {text}")
        self.stdout.write(f"{len(missing)} texts have no translation.")
