from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ccexport import catalogues

HEAD = '''"""The theme's texts that Django doesn't translate, for our catalogue. Written by `make messages`."""

from django.utils.translation import gettext_noop, ngettext_lazy

'''


class Command(BaseCommand):
    help = "Collects every text of ours and of the theme into the catalogue, and lists those without a translation."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            catalogues.THEME_STRINGS.write_text(theme_strings())
            missing = catalogues.update_catalogue()
        except catalogues.GettextMissingError as error:
            raise CommandError(str(error)) from error
        for text in missing:
            self.stdout.write(f"  {text}")
        self.stdout.write(f"{len(missing)} texts have no translation.")


def theme_strings() -> str:
    """Return the module that names the theme's texts to makemessages."""
    return HEAD + "".join(f"{_line(*message)}\n" for message in catalogues.messages_of_theme())


def _line(text: str, plural: str) -> str:
    return f"ngettext_lazy({text!r}, {plural!r})" if plural else f"gettext_noop({text!r})"
