"""Whoever left: what happens to them when they are sent again is what the page of the export says beforehand."""

import pytest
from django.urls import reverse

from exports.runs import start_run
from tests.support.fixtures_exports import work_until_over

SAID = "Nobody who unsubscribed is sent, as far as Constant Contact tells. Who leaves this list is known once it was"
FIRST, SECOND = (
    "id,email,first\n" + "".join(f"{n},u{n}@example.com,{letter}{n}\n" for n in range(1, 5)) for letter in "NX"
)


@pytest.fixture
def listed_after(send, import_file, sandbox, list_id, bob):
    """Send the first file, let people leave, and send the second one: who is on the list then."""

    def _listed_after(first, second, **leavers):
        sent = send(first, {"first_name": "first"})
        assert "u2@example.com" in sent.listed
        for email in leavers.get("left", ()):
            sandbox.leave_list(email, list_id)
        for email in leavers.get("unsubscribed", ()):
            sandbox.unsubscribe(email)
        for email in leavers.get("deleted", ()):
            sandbox.delete_contact(email)
        import_file(second)
        work_until_over(start_run(sent.export, by=bob)[0])
        return {member["email"]: member["first_name"] for member in sandbox.members(list_id)}

    return _listed_after


@pytest.mark.parametrize("inputs", ["beside", "own"])
def test_who_left_the_list_or_was_deleted_is_not_added_again_and_the_page_says_so(
    request, listed_after, alice_client, inputs
):
    files = (FIRST, SECOND)
    if inputs == "beside":
        beside = request.getfixturevalue("beside")
        files = (beside("06/first.csv"), beside("06/second.csv"))

    listed = listed_after(*files, left=["u2@example.com"], deleted=["u3@example.com"])

    assert {"u1@example.com", "u4@example.com"} <= set(listed)
    assert not {"u2@example.com", "u3@example.com"} & set(listed)
    assert {name[0] for name in listed.values()} == {"X"}
    assert SAID in alice_client.get(reverse("admin:exports_export_add")).text


def test_who_unsubscribed_is_not_added_again(listed_after):
    listed = listed_after(FIRST, SECOND, unsubscribed=["u2@example.com"])
    assert set(listed) == {"u1@example.com", "u3@example.com", "u4@example.com"}


def test_who_left_and_has_the_same_values_is_not_sent_again(listed_after):
    listed = listed_after(FIRST, FIRST, left=["u2@example.com"])
    assert set(listed) == {"u1@example.com", "u3@example.com", "u4@example.com"}
