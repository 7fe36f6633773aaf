"""A custom field whose name holds quotes or commas gets its own values, and so do its neighbours."""

import csv

import pytest

from exports.models import Run
from exports.plan import cut


def wide(path, count, width):
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "email", *(f"c{place:02}" for place in range(width))])
        for n in range(count):
            rows.writerow([n, f"p{n}@example.com", *(f"v{place:02}" for place in range(width))])
    return path


def fields(labels):
    return {f"cf:{label}": f"c{place:02}" for place, label in enumerate(labels)}


def arrived(sent, width):
    """The different sets of values that people on the list have, in the order of the fields."""
    targets = list(sent.export.mapping)[1:]
    assert len(targets) == width
    return {tuple(member["custom_fields"].get(target[3:], "") for target in targets) for member in sent.listed.values()}


def test_twenty_thousand_people_have_each_value_in_its_own_field(send, beside, made_by):
    labels = [f"Field {place:02}" if place != 5 else 'Aa "x", y' for place in range(25)]
    sent = send(made_by(beside("05/make.py"), "shift.csv"), fields(labels))

    assert (sent.run.status, sent.run.encoding) == (Run.Status.SUCCEEDED, Run.Encoding.CSV)
    assert len(sent.listed) == 20_000
    assert arrived(sent, 25) == {tuple(f"v{place:02}" for place in range(25))}


@pytest.mark.parametrize(
    "labels",
    [['Height (")', "Plain"], ['","', '"', "Last"], ["a,b", "'c'", "d;e"], ["Größe, cm", '王 "w"', "tab"]],
)
def test_whatever_a_field_is_called_its_value_is_in_it(send, tmp_path, monkeypatch, labels):
    monkeypatch.setattr(cut, "MAX_BYTES", 3_000)  # so that a file import needs fewer calls

    sent = send(wide(tmp_path / "wide.csv", 60, len(labels)), fields(labels))

    assert (sent.run.status, len(sent.listed)) == (Run.Status.SUCCEEDED, 60)
    assert arrived(sent, len(labels)) == {tuple(f"v{place:02}" for place in range(len(labels)))}
