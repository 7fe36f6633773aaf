"""The catalogues of translations: English is the text in the sources, every other language has a file of it.

`locale/` holds our own texts, and `make messages` keeps it up to them. `locale_of_libraries/` is kept by hand: what the
theme says, which brings no Chinese at all, and what Django says worse than we do.
"""

from contextlib import chdir
from pathlib import Path

import polib
from django.core.management import call_command
from django.core.management.commands import makemessages

ROOT = Path(__file__).resolve().parent.parent
LOCALE = "zh_Hans"
CATALOGUE, OF_LIBRARIES = (
    ROOT / folder / LOCALE / "LC_MESSAGES" / "django.po" for folder in ("locale", "locale_of_libraries")
)
SOURCES = (
    *("audit_trail", "ccexport", "connections", "encryption", "engine", "exports", "profiles", "segments"),
    *("templates", "web"),
)


class Collection(makemessages.Command):
    """Django's makemessages, with the one marker of ours (web.messages), and without guesses from similar texts."""

    settings_available = False  # it takes the present folder as it is
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=ngettext_noop:1,2"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]


def compile_all() -> list[Path]:
    """Compile each catalogue that changed since it was last compiled. Needs no GNU gettext."""
    compiled = []
    for source in (CATALOGUE, OF_LIBRARIES):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
            compiled.append(target)
    return compiled


def update_catalogue(root: Path = ROOT) -> list[str]:
    """Bring the catalogue under `root` up to what the sources say, and return the texts that wait for a translation.

    Raises CommandError without GNU gettext.
    """
    everything_else = [path.name for path in root.iterdir() if path.name not in (*SOURCES, "locale")]
    with chdir(root):
        call_command(
            Collection(),
            locale=[LOCALE],
            ignore_patterns=everything_else,
            no_obsolete=True,
            no_wrap=True,
            add_location="file",
            verbosity=0,
        )
    catalogue = polib.pofile(str(root / CATALOGUE.relative_to(ROOT)), wrapwidth=0)
    for name in ("POT-Creation-Date", "Report-Msgid-Bugs-To"):
        catalogue.metadata.pop(name, None)
    catalogue.save()
    return [entry.msgid for entry in catalogue.untranslated_entries()]
