"""docs/privacy.md says something of every field that could hold personal data, and of every folder of files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models

from tests.measures.imports import ROOT

PAGE = (ROOT / "docs/privacy.md").read_text(encoding="utf-8")
# Numbers, times, yes or no: a row of these alone says nothing of anybody.
PLAIN = (
    *(models.IntegerField, models.AutoField, models.FloatField, models.DecimalField, models.BooleanField),
    *(models.DateField, models.TimeField, models.DurationField, models.UUIDField),
)
# What takes the name of a folder of the storage as its first argument.
STORING = {"store", "store_parquet", "names_in", "folders_in", "discard_old", "delete_folder", "delete_replaced"}
# Calls that are given a folder by their caller, or the folder of each row of a model.
PASSED_ON = {"folder", "place", "FOLDER"}  # a FOLDER is looked at in the module that has it


def tables() -> dict[str, set[str]]:
    """What the page says: the fields of each table that it names."""
    found: dict[str, set[str]] = {}
    for line in PAGE.partition("\n## Tables")[2].splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 5:
            for label in re.findall(r"`(\w+\.\w+)`", cells[0]):
                found[label] = set(re.findall(r"`(\w+)`", cells[1] + cells[2]))
    return found


def may_hold_somebody(field: models.Field) -> bool:
    if field.auto_created or not getattr(field, "concrete", False):
        return False
    if field.related_model is not None:
        return field.related_model is User
    return not field.choices and not isinstance(field, PLAIN)


def our_models() -> Iterator[type[models.Model]]:
    """Those of the application and of the libraries it has installed; the sandbox stands for another company."""
    return (model for model in apps.get_models() if model._meta.app_label != "sandbox")


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_every_field_that_may_hold_personal_data_is_on_the_page(model):
    said = tables().get(model._meta.label)
    assert said is not None, f"docs/privacy.md needs a line for {model._meta.label}"
    fields = {field.name for field in model._meta.get_fields() if may_hold_somebody(field)}
    assert fields - said == set(), f"docs/privacy.md must say of {model._meta.label} what these hold, if anything"


def product_modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in ROOT.glob("*/**/*.py"):
        if path.relative_to(ROOT).parts[0] not in {"tests", "bench", "sandbox", ".venv", "var"}:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def folder_of(node: ast.expr, names: dict[str, ast.expr]) -> str | None:
    """The first part of a name of a file, as far as the code says it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value.partition("/")[0]
    if isinstance(node, ast.JoinedStr) and node.values:
        return folder_of(node.values[0], names)  # type: ignore[arg-type]
    if isinstance(node, ast.Name) and node.id in names:
        return folder_of(names[node.id], names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
        return folder_of(names[node.func.id], names)
    return None


def names_of(tree: ast.Module) -> dict[str, ast.expr]:
    """What constants of a module are, and what its functions of one line return."""
    found: dict[str, ast.expr] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        elif isinstance(node, ast.FunctionDef) and isinstance(node.body[-1], ast.Return) and node.body[-1].value:
            found[node.name] = node.body[-1].value
    return found


def stored_folders() -> tuple[set[str], set[str]]:
    """The folders that files are stored in, and the calls of which the code does not say which."""
    folders, unknown = set(), set()
    for path, tree in product_modules():
        names = names_of(tree)
        if folder := folder_of(ast.Name("FOLDER"), names):
            folders.add(folder)
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            if not isinstance(called, ast.Name) or called.id not in STORING or not node.args:
                continue
            folder = folder_of(node.args[0], names)
            if folder:
                folders.add(folder)
            elif ast.unparse(node.args[0]).rpartition(".")[2] not in PASSED_ON:
                unknown.add(f"{path.relative_to(ROOT)}:{node.lineno}")
    return folders, unknown


def folders_under_var() -> set[str]:
    """What stands after VAR in a path: VAR / "static", Path(settings.VAR) / "copies"."""
    found = set()
    for _path, tree in product_modules():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.BinOp) and isinstance(node.right, ast.Constant)):
                continue
            if re.fullmatch(r"VAR|var|settings\.VAR|Path\(settings\.VAR\)", ast.unparse(node.left)):
                found.add(str(node.right.value))
    return found


def test_every_folder_of_the_storage_is_on_the_page():
    folders, unknown = stored_folders()
    assert {"sources", "segments", "uploads", "plans", "suppressions"} <= folders  # the search finds what there is
    assert [folder for folder in sorted(folders) if f"| `{folder}` |" not in PAGE] == []
    # `rewrite` stores a file beside the one that it replaces.
    assert unknown <= {f"engine/rewriting.py:{line}" for line in range(1, 100)}


def test_every_folder_under_var_is_on_the_page():
    folders = folders_under_var()
    assert {"copies", "engine", "static", "uploads", "files"} <= folders
    assert [folder for folder in sorted(folders) if f"`var/{folder}`" not in PAGE] == []
