"""No text without its Chinese, and none that the catalogue doesn't know."""

import os
import re
import shutil

import polib
import pytest
from django.utils import translation

from ccexport import catalogues
from ccexport.management.commands.make_messages import theme_strings

CATALOGUE = polib.pofile(str(catalogues.CATALOGUE)) if catalogues.CATALOGUE.exists() else polib.POFile()
PLACEHOLDER = r"%\([a-z_]+\)[sd]|\{[a-z_]*\}"


@pytest.fixture
def gettext():
    if not shutil.which("xgettext") and os.environ.get("CI") != "true":
        pytest.skip("GNU gettext is not installed, so nobody can tell whether the catalogue is complete.")


def test_every_text_is_translated():
    assert [entry.msgid for entry in CATALOGUE.untranslated_entries()] == []


def test_no_translation_is_a_guess():
    assert [entry.msgid for entry in CATALOGUE.fuzzy_entries()] == []


def test_translations_keep_the_placeholders():
    def placeholders(text):
        return sorted(re.findall(PLACEHOLDER, text))

    changed = [
        entry.msgid
        for entry in CATALOGUE.translated_entries()
        for translated in [entry.msgstr or entry.msgstr_plural[0]]
        if placeholders(translated) != placeholders(entry.msgid_plural or entry.msgid)
    ]
    assert changed == []


def test_the_catalogue_knows_every_text_of_the_sources(gettext):
    in_sources = catalogues.messages_in_sources()

    assert sorted(in_sources - catalogues.messages_of(catalogues.CATALOGUE)) == []
    assert sorted(catalogues.messages_of(catalogues.CATALOGUE) - in_sources) == []


def test_the_texts_of_the_theme_are_listed(gettext):
    assert catalogues.THEME_STRINGS.read_text() == theme_strings()


def test_the_theme_speaks_chinese():
    with translation.override("zh-hans"):
        assert translation.gettext("Filters") != "Filters"
        assert translation.gettext("Welcome back to") != "Welcome back to"
