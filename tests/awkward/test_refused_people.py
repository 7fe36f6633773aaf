"""Whoever was refused is never called unchanged, and their page never says that Constant Contact has their values."""

import pytest
from django.urls import reverse

from exports.models import Export, OptOuts, Run
from exports.runs import start_run
from tests.support.fixtures_exports import work_until_over

PEOPLE = "id,email,first,size\n" + "".join(
    f"{n},p{n}@example.com,{name},{size}\n"
    for n, (name, size) in enumerate([("Ann", "S"), ("Bob", ""), ("Cy", "L"), ("Di", "")], start=1)
)
MAPPING = {"first_name": "first", "cf:Size": "size"}
HAS_THEM = "Constant Contact has these values already."


def run_again(sent, bob):
    return work_until_over(start_run(Export.objects.get(pk=sent.export.pk), by=bob)[0])


def page_of(client, run, person):
    return client.post(reverse("admin:exports_run_person", args=[run.pk]), {"person": person}).text


@pytest.fixture
def refusing(sandbox):
    """Constant Contact refuses everybody with a custom field."""
    sandbox.switch(custom_fields_per_contact=0)
    return sandbox


def test_nobody_who_was_refused_is_unchanged_in_the_second_run(send, refusing, bob):
    sent = send(PEOPLE, MAPPING)
    assert set(sent.listed) == {"p2@example.com", "p4@example.com"}
    assert (sent.run.batches.get().accepted, sent.run.batches.get().refused) == (2, 2)

    second = run_again(sent, bob)

    assert second.counts == {"send": 2, "unchanged": 2}
    assert run_again(sent, bob).counts == {"not_on_list": 2, "unchanged": 2}


def test_the_page_of_who_was_refused_says_what_is_known_in_each_run(send, refusing, bob, alice_client):
    sent = send(PEOPLE, MAPPING)
    runs = [sent.run, run_again(sent, bob), run_again(sent, bob)]

    for person in ("p1@example.com", "3"):
        first, second, third = [page_of(alice_client, run, person) for run in runs]
        assert "did not accept 2 of the 4 profiles of this batch and does not say which" in first
        assert "sends this profile once more if it is not there." in first
        assert "The next run reads the list back and says whether this profile is there." in second
        assert "these values were sent twice, and the address was not on the list when it was read back" in third
        assert not any(HAS_THEM in page for page in (first, second, third))


def test_who_was_refused_is_sent_and_arrives_once_constant_contact_accepts_them(send, refusing, bob, alice_client):
    sent = send(PEOPLE, MAPPING)
    refusing.switch(custom_fields_per_contact=25)

    second, third = run_again(sent, bob), run_again(sent, bob)

    assert (second.status, second.counts) == (Run.Status.SUCCEEDED, {"send": 2, "unchanged": 2})
    assert {member["email"] for member in refusing.members(sent.export.list_id)} == {
        f"p{n}@example.com" for n in range(1, 5)
    }
    assert third.counts == {"unchanged": 4}
    assert HAS_THEM in page_of(alice_client, third, "p1@example.com")


def test_who_unsubscribed_is_not_unchanged_either(send, sandbox, bob, alice_client):
    sandbox.add_contacts({"email": "p2@example.com"})
    sandbox.unsubscribe("p2@example.com")
    sent = send(PEOPLE, MAPPING)
    assert set(sent.listed) == {"p1@example.com", "p3@example.com", "p4@example.com"}

    OptOuts.objects.update(read_at=None)  # its time is over
    second = run_again(sent, bob)

    assert second.counts == {"opted_out": 1, "unchanged": 3}
    assert HAS_THEM not in page_of(alice_client, second, "p2@example.com")
