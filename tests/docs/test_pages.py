"""What the pages for developers name exists: files, names in them, links. The picture is what the imports say."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import LENGTHY
from tests.measures.imports import ROOT, build
from tests.measures.picture import PICTURE, draw

PAGES = ["docs/architecture.md", "CONTRIBUTING.md", "docs/glossary.md", "docs/README.md"]
# `folder/file.py`, `folder/` or `folder/file.py:name`; a placeholder such as requirements-<name>.txt names no file.
NAMED = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|txt)|\.env\.example)(?::(\w+))?`")


def named(document: str) -> Iterator[tuple[str, str]]:
    """(path, name in it or "") of everything a document names."""
    yield from NAMED.findall((ROOT / document).read_text(encoding="utf-8"))


def product_files() -> Iterator[Path]:
    return (path for path in ROOT.glob("*/**/*.py") if not {"tests", ".venv"} & set(path.parts))


def candidates(path: str) -> str:
    """Files of that name, for whoever brings the page up to date."""
    name = path.rstrip("/").rpartition("/")[2]
    return f"({', '.join(str(file.relative_to(ROOT)) for file in product_files() if file.name == name) or 'nowhere'})"


def where_it_is(name: str) -> str:
    """Where a name is defined instead."""
    found = [str(path.relative_to(ROOT)) for path in product_files() if defines(path, name)]
    return f"(defined in {', '.join(found) or 'nowhere'})"


def defines(path: Path, name: str) -> bool:
    text = path.read_text(encoding="utf-8")
    return re.search(rf"^\s*(?:def|class) {name}\b|^{name}\b.*=", text, re.MULTILINE) is not None


@pytest.mark.parametrize("document", PAGES)
def test_every_file_that_is_named_exists(document):
    missing = {path for path, _name in named(document) if not any(ROOT.glob(path.rstrip("/")))}
    assert sorted(f"{path} {candidates(path)}" for path in missing) == []


@pytest.mark.parametrize("document", PAGES)
def test_every_name_is_defined_in_its_file(document):
    missing = [
        f"{path}:{name} {where_it_is(name)}"
        for path, name in named(document)
        if name and not ((ROOT / path).exists() and defines(ROOT / path, name))
    ]
    assert missing == []


@pytest.mark.parametrize("document", PAGES)
def test_every_link_leads_somewhere(document):
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", (ROOT / document).read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / document).parent.joinpath(link).exists()] == []


def test_page_about_the_code_names_files_and_what_is_in_them():
    assert len([name for _path, name in named("docs/architecture.md") if name]) > 30


def test_picture_of_the_floors_is_what_the_imports_say():
    """Not so? `make picture` draws it anew."""
    assert PICTURE.read_text(encoding="utf-8") == draw(build())


def test_chinese_of_the_glossary_is_what_the_pages_show():
    catalogue = (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    shown = dict(re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"', catalogue, re.MULTILINE))
    table = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").partition("## In the code only")[0]
    words = dict(re.findall(r"^\| (\S[^|]*?) \| ([^|]*[^\x00-\x7f][^|]*?) \|", table, re.MULTILINE))
    words.pop("English")
    assert len(words) > 40
    assert {word: shown.get(word) for word in words} == words


def test_every_decision_says_whether_it_is_in_force_and_is_listed():
    listed = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [
        path.name for path in decisions if not re.search(r"^Status: ", path.read_text(encoding="utf-8"), re.M)
    ] == []
    assert [path.name for path in decisions if f"(decisions/{path.name})" not in listed] == []


def test_every_target_that_is_named_exists():
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    text = "".join((ROOT / document).read_text(encoding="utf-8") for document in PAGES)
    assert set(re.findall(r"(?:^|`)make ([\w-]+)", text, re.MULTILINE)) <= set(targets)


def test_lengthy_tests_that_are_named_exist():
    files = list((ROOT / "tests").rglob("test_*.py"))
    tests = "".join(path.read_text(encoding="utf-8") for path in files)
    names = {path.name for path in files} | set(re.findall(r"def (test_\w+)", tests))
    assert names >= LENGTHY
