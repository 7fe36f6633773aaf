"""A file in another encoding is refused until somebody chooses; then the list holds the letters that were meant."""

import pytest
from django.core.management import CommandError

from profiles.models import ProfileSource

NAMES = {"first_name": "first", "last_name": "last"}


def names(sent):
    first, last = sent.values("first_name"), sent.values("last_name")
    return [f"{first[email]} {last[email]}" for email in sorted(sent.listed)]


def people(*names):
    rows = "".join(f"{n},p{n}@example.com,{name.replace(' ', ',')}\n" for n, name in enumerate(names, start=1))
    return "id,email,first,last\n" + rows


def test_a_cyrillic_file_is_refused_and_read_in_the_encoding_that_is_chosen(send, beside):
    file = beside("17/cp1251.csv")

    with pytest.raises(CommandError, match="--encoding"):
        send(file, NAMES)
    assert not ProfileSource.objects.exists()

    assert names(send(file, NAMES, encoding="windows-1251")) == ["Иван Петров", "Анна Каренина"]


@pytest.mark.parametrize(
    ("encoding", "person"),
    [
        ("windows-1250", "Łukasz Święcicki"), ("koi8-r", "Пётр Иванов"), ("gb18030", "小明 王"),
        ("shift_jis", "さくら 髙橋"),
    ],
)  # fmt: skip
def test_only_the_chosen_encoding_reaches_the_list(send, encoding, person):
    content = people(person, "Ann Plain").encode({"shift_jis": "cp932"}.get(encoding, encoding))

    with pytest.raises(CommandError):
        send(content, NAMES)
    sent = send(content, NAMES, encoding=encoding)

    assert names(sent) == [person, "Ann Plain"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_encodings_that_prove_themselves_need_no_choice(send, encoding):
    assert names(send(people("Zoë Müller", "小明 王").encode(encoding), NAMES)) == ["Zoë Müller", "小明 王"]
