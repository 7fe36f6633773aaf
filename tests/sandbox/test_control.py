"""The control and the pages for people."""

import pytest
import requests


def test_every_switch_has_a_default_that_it_accepts(sandbox):
    positions = sandbox.switches()
    assert len(positions) > 40
    assert sandbox.switch(**positions) == positions


@pytest.mark.parametrize(
    "positions",
    [
        {"colour": "blue"},
        {"refresh_tokens": "sometimes"},
        {"job_seconds": "long"},
        {"fold_case": 1},
        {"job_seconds": True},
    ],
)
def test_a_senseless_switch_is_refused_with_a_sentence_and_nothing_moves(sandbox, positions):
    before = sandbox.switches()
    with pytest.raises(requests.HTTPError, match="error"):
        sandbox.switch(retry_after=True, **positions)
    assert sandbox.switches() == before


def test_an_unknown_control_is_404(sandbox):
    assert requests.get(f"{sandbox.url}/_sandbox/nothing", timeout=10).status_code == 404


def test_more_accounts_can_be_added_and_connected(sandbox, connect):
    account_id = sandbox.add_account("Contoso", "owner@contoso.example")
    sandbox.add_list("Contoso news", account=account_id)
    api = connect(account=account_id)
    assert api.get("/account/summary").json()["organization_name"] == "Contoso"
    assert [one["name"] for one in api.get("/contact_lists").json()["lists"]] == ["Contoso news"]


def test_the_control_is_neither_limited_nor_logged(sandbox):
    sandbox.switch(requests_per_second=1)
    for _ in range(5):
        assert sandbox.requests() == []


def test_the_journal_can_be_searched_and_counts_calls(sandbox, api):
    api.get("/contact_lists")
    api.get(f"/contact_lists/{sandbox.newsletter}")
    api.get("/nothing")

    (logged,) = sandbox.requests("GET /v3/contact_lists/")
    assert logged["client_id"] == sandbox.client_id
    stats = sandbox.stats()
    assert stats["calls"]["GET /v3/contact_lists/<list_id>"] == 1
    assert stats["statuses"] == {"200": 2, "404": 1}


def test_the_overview_shows_accounts_lists_and_activities(sandbox, api):
    api.import_rows({"email": "ann@example.com", "first_name": "<b>Ann</b>"})

    page = requests.get(sandbox.url, timeout=10)

    for text in (
        "Adventure Works Cycles",
        "Fabrikam",
        "Newsletter",
        sandbox.newsletter,
        "Contact import",
        "completed",
        "person 1",
    ):
        assert text in page.text


def test_a_list_page_shows_its_first_members(sandbox):
    sandbox.add_contacts(
        *[
            {"email": f"p{number}@example.com", "first_name": "<b>Ann</b>", "lists": [sandbox.newsletter]}
            for number in range(201)
        ]
    )

    page = requests.get(f"{sandbox.url}/lists/{sandbox.newsletter}", timeout=10).text

    assert "201 members, the first 200 shown" in page
    assert "p199@example.com" in page
    assert "p200@example.com" not in page
    assert "&lt;b&gt;Ann" in page
    assert requests.get(f"{sandbox.url}/lists/unknown", timeout=10).status_code == 404


def test_many_members_are_streamed_completely(sandbox):
    sandbox.add_contacts(
        *[{"email": f"p{number}@example.com", "lists": [sandbox.newsletter]} for number in range(1_501)]
    )
    assert len({one["email"] for one in sandbox.members(sandbox.newsletter)}) == 1_501
