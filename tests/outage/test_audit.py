"""The audit finds everything that is said and not so."""

import pytest

from tests.outage.audit import Said, Word, audit, audit_final


def values(version):
    return {"first_name": f"V{version}"}


NEW = {name: values(2) for name in ("ann@x.org", "ben@x.org", "eve@x.org")}


def test_a_true_statement_is_no_mistake():
    words = [Word("ann@x.org", Said.THERE, 1, 1), Word("ben@x.org", Said.THERE), Word("eve@x.org", Said.NOT_THERE, 2)]
    found = audit(words, NEW, {"ann@x.org": values(2), "ben@x.org": values(2)})
    assert (found.sent, found.claimed, found.there, found.open) == (2, 2, 2, 1)
    assert found.mistakes == []


@pytest.mark.parametrize(
    ("word", "members", "mistake"),
    [
        (Word("ann@x.org", Said.THERE, 1, 1), {}, "1 said to be accepted, and not there"),
        (Word("ann@x.org", Said.THERE), {}, "1 said to be unchanged, and not there"),
        (
            Word("ann@x.org", Said.THERE),
            {"ann@x.org": values(1)},
            "1 said to be unchanged, and there with other values",
        ),
        (Word("ann@x.org", Said.NOT_THERE, 1), NEW, "1 said not to be imported, and there"),
        (Word("joe@x.org", Said.THERE, 1), {}, "1 said of somebody who can't be sent"),
    ],
)
def test_an_untrue_statement_is_found(word, members, mistake):
    assert audit([word], NEW, members).mistakes == [mistake]


@pytest.mark.parametrize("members", [{}, NEW])
def test_unknown_is_right_either_way(members):
    assert audit([Word("ann@x.org", Said.UNKNOWN, 1)], NEW, members).mistakes == []


def test_a_batch_may_not_count_more_than_are_there():
    words = [Word(email, Said.COUNTED, 1, 2) for email in NEW]
    assert audit(words, NEW, {"ann@x.org": values(2), "ben@x.org": values(2)}).mistakes == []
    found = audit(words, NEW, {"ann@x.org": values(2), "ben@x.org": values(1)})
    assert found.mistakes == ["1 counted as accepted, and not there"]
    assert (found.claimed, found.open) == (2, 1)


def test_after_a_run_without_trouble_everybody_is_there_with_the_new_values():
    assert audit_final(NEW, NEW) == []
    assert audit_final(NEW, {"ann@x.org": values(2), "ben@x.org": values(1)}) == [
        "after a run without trouble 1 are not on the list",
        "after a run without trouble 1 have other values",
    ]
