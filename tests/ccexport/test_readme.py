"""What the README promises exists."""

import re
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_table():
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[A-Z].*?) \|", README, re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert documented == set(re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE))


def test_every_picture_and_page_it_links_to_is_there():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_command_exists():
    commands = set(re.findall(r"manage\.py (\w+)", README))
    assert commands
    assert commands - get_commands().keys() == set()


def test_every_target_exists():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"(?:^|`)make (\w+)", README, re.MULTILINE)) <= set(targets)
