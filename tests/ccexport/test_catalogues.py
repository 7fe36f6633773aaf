"""No text without its Chinese, and none that the catalogue doesn't know."""

import os
import re
import shutil
from datetime import datetime
from pathlib import Path

import django
import polib
import pytest
import unfold
from django.utils import translation
from django.utils.timesince import timesince

from ccexport import catalogues

OURS, OF_LIBRARIES = polib.pofile(str(catalogues.CATALOGUE)), polib.pofile(str(catalogues.OF_LIBRARIES))
ENTRIES = [*OURS, *OF_LIBRARIES]
DJANGO = ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/humanize", "contrib/sessions")
# Of the theme's contrib packages only the filters are installed.
NOT_INSTALLED = ("static", "constance", "forms", "guardian", "import_export", "location_field", "simple_history")
PLACEHOLDER = r"%\([a-z_]+\)[sd]|\{[a-z_]*\}"
# What the documented product calls these things in Chinese; statuses are our own.
DOCUMENTED = {
    "Display name": "显示名称",
    "Choose who can use this connection": "选择可使用此连接的人员",
    "Data privacy and compliance": "数据隐私与合规性",
    "I agree": "我同意",
    "Connect": "连接",
    "Authenticate with Constant Contact": "通过 Constant Contact 进行身份验证",
    "Add yourself as export user": "将自己添加为导出用户",
    "Save": "保存",
    "Add connection": "添加连接",
    "Add export": "添加导出",
    "Connection for export": "导出连接",
    "Constant Contact List ID": "Constant Contact 列表 ID",
    "Data matching": "数据匹配",
    "Email": "电子邮件",
    "First name": "名",
    "Last name": "姓",
    "Add attribute": "添加属性",
    "Select the segments": "选择想要导出的细分",
    "Connection used": "已使用连接",
    "Your permissions": "您的权限",
    "No connection": "无连接",
    "Create duplicate": "创建重复项",
    "Administrator": "管理员",
    "Contributor": "参与者",
    "Viewer": "查看者",
    "Queued": "已排队",
    "Running": "正在运行",
    "Successful": "成功",
    "Completed with errors": "已完成但有错误",
    "Failed": "失败",
    "Skipped": "已跳过",
    "Cancelled": "已取消",
}
HALF_WIDTH = r"[\u4e00-\u9fff”][,;:!?](?![^\s]*\})|[\u4e00-\u9fff”]\.(?!\w)"


@pytest.fixture
def gettext():
    if not shutil.which("xgettext") and os.environ.get("CI") != "true":
        pytest.skip("GNU gettext is not installed, so nobody can tell whether the catalogue is complete.")


def texts(entries):
    return {(entry.msgctxt, entry.msgid, entry.msgid_plural) for entry in entries}


def texts_in(tmp_path, leave_out, **folders):
    """What makemessages finds in copies of these folders, which have to have names of ours."""
    (tmp_path / "locale").mkdir()
    for name, folder in folders.items():
        shutil.copytree(folder, tmp_path / name, ignore=shutil.ignore_patterns(*leave_out))
    catalogues.update_catalogue(tmp_path)
    return texts(polib.pofile(str(tmp_path / catalogues.CATALOGUE.relative_to(catalogues.ROOT))))


def texts_of_django():
    root = Path(django.__file__).parent
    files = [root / part / "locale" / catalogues.LOCALE / "LC_MESSAGES" / "django.po" for part in DJANGO]
    return texts(entry for file in files for entry in polib.pofile(str(file)).translated_entries())


def test_every_text_is_translated():
    assert [entry.msgid for entry in ENTRIES if not entry.translated()] == []


def test_no_translation_is_a_guess():
    assert [entry.msgid for entry in ENTRIES if entry.fuzzy or entry.obsolete] == []


def test_no_text_is_in_both_catalogues():
    assert texts(OURS) & texts(OF_LIBRARIES) == set()


def test_translations_keep_the_placeholders():
    def placeholders(text):
        return sorted(re.findall(PLACEHOLDER, text))

    changed = [
        entry.msgid
        for entry in ENTRIES
        for translated in [entry.msgstr or entry.msgstr_plural[0]]
        if placeholders(translated) != placeholders(entry.msgid_plural or entry.msgid)
    ]
    assert changed == []


def test_the_labels_are_those_of_the_documented_product():
    labels = {entry.msgid: entry.msgstr for entry in ENTRIES if not entry.msgctxt}

    assert {name: labels.get(name) for name in DOCUMENTED} == DOCUMENTED


def test_sentences_end_and_pause_with_chinese_marks():
    translated = [entry.msgstr or entry.msgstr_plural[0] for entry in ENTRIES]
    assert [text for text in translated if re.search(HALF_WIDTH, text)] == []


def test_the_catalogue_knows_every_text_of_the_sources(gettext, tmp_path):
    folders = {name: catalogues.ROOT / name for name in catalogues.SOURCES}
    in_sources = texts_in(tmp_path, ("static", "__pycache__"), **folders)

    assert sorted(map(str, in_sources - texts(OURS))) == []
    assert sorted(map(str, texts(OURS) - in_sources)) == []


def test_every_folder_that_speaks_to_people_is_searched_for_texts():
    speaks = {
        source.relative_to(catalogues.ROOT).parts[0]
        for source in catalogues.ROOT.glob("[a-z]*/**/*.py")
        if source.relative_to(catalogues.ROOT).parts[0] not in ("tests", "var", "bench")
        and "django.utils.translation import" in source.read_text()
    }

    assert speaks <= set(catalogues.SOURCES)


def test_every_text_of_the_theme_has_its_chinese(gettext, tmp_path):
    of_theme = texts_in(tmp_path, NOT_INSTALLED, web=Path(unfold.__file__).parent)

    assert sorted(map(str, of_theme - texts(ENTRIES) - texts_of_django())) == []
    assert sorted(map(str, texts(OF_LIBRARIES) - of_theme - texts_of_django())) == []


def test_months_are_counted_and_not_named():
    with translation.override("zh-hans"):
        assert timesince(datetime(2026, 1, 1), datetime(2026, 5, 2)).replace("\xa0", " ") == "4 个月"


def test_the_theme_speaks_chinese():
    with translation.override("zh-hans"):
        assert translation.gettext("Filters") != "Filters"
        assert translation.gettext("Welcome back to") != "Welcome back to"
