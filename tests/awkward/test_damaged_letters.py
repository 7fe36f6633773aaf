"""One bad byte in UTF-8 never turns names into others: the file is refused, and the list keeps the right ones."""

import pytest
from django.core.management import CommandError

from profiles.models import ProfileSource

GOOD = "id,email,first\n" + "".join(f"{n},p{n}@example.com,José\n" for n in range(1, 11))


def is_refused(import_file, content, line):
    with pytest.raises(CommandError, match=rf"[Ll]ine {line:,}") as refusal:
        import_file(content)
    assert "damaged at character" in str(refusal.value)


@pytest.mark.parametrize(("name", "line"), [("stray.csv", 7), ("cut.csv", 7)])
def test_a_damaged_file_is_refused_with_its_line(import_file, beside, name, line):
    is_refused(import_file, beside(f"03/{name}"), line)
    assert not ProfileSource.objects.exists()


def test_a_byte_far_behind_the_beginning_is_found_too(import_file, beside, made_by):
    is_refused(import_file, made_by(beside("03/make_big.py"), "big.csv"), 9002)


@pytest.mark.parametrize(
    "damage",
    [b"11,p11@example.com,Andr\xe9\n", b"11,p11@example.com,Zo\xc3\n", b"11,p11@example.com,\xed\xa0\x80\n"],
)
def test_after_a_refused_file_the_list_holds_the_names_of_the_good_one(import_file, run_source, damage):
    source = import_file(GOOD)
    is_refused(import_file, GOOD.encode() + damage, 12)

    sent = run_source(ProfileSource.objects.get(pk=source.pk), {"first_name": "first"})

    assert list(sent.values("first_name").values()) == ["José"] * 10
