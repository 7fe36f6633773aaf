"""The catalogues of translations: what they must hold, and how they are compiled.

English is the text in the sources; every other language has locale/<locale>/LC_MESSAGES/django.po. The theme
brings no Chinese at all, so what it shows and Django doesn't translate is listed in theme_strings.py and
translated in our catalogue. Ours comes before Django's own: what we say better than it is listed in django_strings.py.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import django
import polib
import unfold

ROOT = Path(__file__).resolve().parent.parent
LOCALE = "zh_Hans"
SOURCES = (
    "audit_trail",
    "ccexport",
    "connections",
    "encryption",
    "engine",
    "exports",
    "profiles",
    "segments",
    "templates",
    "web",
)
# Of the theme's contrib packages only the filters are installed.
UNUSED = ("static", "constance", "forms", "guardian", "import_export", "location_field", "simple_history")
DJANGO = ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/humanize", "contrib/sessions")
THEME_STRINGS = ROOT / "ccexport" / "theme_strings.py"
_CATALOGUE = Path("locale") / LOCALE / "LC_MESSAGES" / "django.po"
CATALOGUE = ROOT / _CATALOGUE

# Django's makemessages, with the one marker of ours (web.messages) beside gettext's and Django's.
_MAKEMESSAGES = """
import sys
from django.core.management import execute_from_command_line
from django.core.management.commands.makemessages import Command
Command.xgettext_options = [*Command.xgettext_options, "--keyword=ngettext_noop:1,2"]
execute_from_command_line(["django-admin", "makemessages", *sys.argv[1:]])
"""
_STYLE = ("--no-obsolete", "--no-wrap", "--add-location", "file", "--verbosity", "0")

Message = tuple[str, str]  # msgid, msgid_plural or ""


class GettextMissingError(Exception):
    """GNU gettext, which finds the texts in the sources, is not installed."""


def compile_all() -> list[Path]:
    """Compile each catalogue that changed since it was last compiled. Needs no GNU gettext."""
    compiled = []
    for source in sorted(ROOT.glob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
            compiled.append(target)
    return compiled


def messages_of(catalogue: Path) -> set[Message]:
    return {(entry.msgid, entry.msgid_plural) for entry in polib.pofile(str(catalogue)) if not entry.obsolete}


def messages_in_sources() -> set[Message]:
    """Return every text of ours that is to be translated. Raises GettextMissingError."""
    return _extract({name: ROOT / name for name in SOURCES}, leave_out=("static", "__pycache__"))


def messages_of_theme() -> list[Message]:
    """Return the theme's texts that Django's own catalogues don't hold. Raises GettextMissingError."""
    return sorted(_extract({"unfold": Path(unfold.__file__).parent}, leave_out=UNUSED) - messages_of_django())


def messages_of_django() -> set[Message]:
    """Return what Django says in our language by itself."""
    found: set[Message] = set()
    for part in DJANGO:
        catalogue = Path(django.__file__).parent / part / "locale" / LOCALE / "LC_MESSAGES" / "django.po"
        entries = polib.pofile(str(catalogue)).translated_entries()
        found |= {(entry.msgid, entry.msgid_plural) for entry in entries}
    return found


def update_catalogue() -> list[str]:
    """Bring the catalogue up to what the sources say and return the texts that wait for a translation.

    What is translated stays. gettext's guesses from similar texts are dropped: a guess that nobody
    looks at is worse than a gap that a test finds. Raises GettextMissingError.
    """
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    _run_makemessages(ROOT)
    catalogue = polib.pofile(str(CATALOGUE), wrapwidth=0)
    for entry in catalogue.fuzzy_entries():
        entry.flags.remove("fuzzy")
        entry.msgstr, entry.msgstr_plural = "", dict.fromkeys(entry.msgstr_plural, "")
        entry.previous_msgid = entry.previous_msgid_plural = None
    catalogue.header = "Translations of the exporter. Brought up to date by `make messages`."
    catalogue.metadata_is_fuzzy = False
    kept = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Plural-Forms")
    catalogue.metadata = {name: value for name, value in catalogue.metadata.items() if name in kept}
    catalogue.save()
    return [entry.msgid for entry in catalogue.untranslated_entries()]


def _extract(sources: dict[str, Path], *, leave_out: tuple[str, ...]) -> set[Message]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "locale").mkdir()
        for name, source in sources.items():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns(*leave_out))
        _run_makemessages(root)
        return messages_of(root / _CATALOGUE)


def _run_makemessages(root: Path) -> None:
    if not shutil.which("xgettext"):
        raise GettextMissingError("GNU gettext is not installed. On Debian: apt-get install gettext.")
    everything_else = [path.name for path in root.iterdir() if path.name not in (*SOURCES, "locale", "unfold")]
    ignored = [argument for name in everything_else for argument in ("--ignore", name)]
    subprocess.run(  # noqa: S603
        [sys.executable, "-c", _MAKEMESSAGES, "--locale", LOCALE, *_STYLE, *ignored],
        cwd=root,
        env={"PATH": os.environ["PATH"]},  # without our settings, Django takes the folder as it is
        check=True,
    )
