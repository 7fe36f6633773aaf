from typing import Any

from django.core.management.base import BaseCommand

from ccexport.catalogues import ROOT, compile_all


class Command(BaseCommand):
    help = "Compiles the translations that changed. Unlike compilemessages it needs no GNU gettext."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        for target in compile_all():
            self.stdout.write(f"Compiled {target.relative_to(ROOT)}")
