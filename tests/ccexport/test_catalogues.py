"""No text without its Chinese, and none that the catalogue doesn't know."""

import os
import re
import shutil
from datetime import datetime

import polib
import pytest
from django.utils import translation
from django.utils.timesince import timesince

from ccexport import catalogues
from ccexport.management.commands.make_messages import theme_strings

CATALOGUE = polib.pofile(str(catalogues.CATALOGUE)) if catalogues.CATALOGUE.exists() else polib.POFile()
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


def test_the_labels_are_those_of_the_documented_product():
    labels = {entry.msgid: entry.msgstr for entry in CATALOGUE.translated_entries() if not entry.msgctxt}

    assert {name: labels.get(name) for name in DOCUMENTED} == DOCUMENTED


def test_sentences_end_and_pause_with_chinese_marks():
    translated = [entry.msgstr or entry.msgstr_plural[0] for entry in CATALOGUE.translated_entries()]
    assert [text for text in translated if re.search(HALF_WIDTH, text)] == []


def test_the_catalogue_knows_every_text_of_the_sources(gettext):
    in_sources = catalogues.messages_in_sources()

    assert sorted(in_sources - catalogues.messages_of(catalogues.CATALOGUE)) == []
    assert sorted(catalogues.messages_of(catalogues.CATALOGUE) - in_sources) == []


def test_every_folder_that_speaks_to_people_is_searched_for_texts():
    speaks = {
        source.relative_to(catalogues.ROOT).parts[0]
        for source in catalogues.ROOT.glob("[a-z]*/**/*.py")
        if source.relative_to(catalogues.ROOT).parts[0] not in ("tests", "var", "bench")
        and "django.utils.translation import" in source.read_text()
    }

    assert speaks <= set(catalogues.SOURCES)


def test_the_texts_of_the_theme_are_listed(gettext):
    assert catalogues.THEME_STRINGS.read_text() == theme_strings()


def test_what_we_say_better_than_django_is_what_django_says():
    ours = {
        (entry.msgid, entry.msgid_plural)
        for entry in CATALOGUE
        if any("django_strings" in path for path, _line in entry.occurrences)
    }
    assert ours - catalogues.messages_of_django() == set()


def test_months_are_counted_and_not_named():
    with translation.override("zh-hans"):
        assert timesince(datetime(2026, 1, 1), datetime(2026, 5, 2)).replace("\xa0", " ") == "4 个月"


def test_the_theme_speaks_chinese():
    with translation.override("zh-hans"):
        assert translation.gettext("Filters") != "Filters"
        assert translation.gettext("Welcome back to") != "Welcome back to"
