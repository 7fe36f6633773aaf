"""How many contacts an account has, and which automations it has."""

import pytest

from constant_contact import ConstantContact, RejectedError, UnavailableError, parsing

from .conftest import Keyring

SCOPE = "contact_data account_read offline_access campaign_data"


@pytest.fixture
def with_automations(sandbox):
    keyring = Keyring(sandbox.issue_tokens(scope=SCOPE)["access_token"])
    with ConstantContact(keyring, api_url=sandbox.api_url, timeout=(5, 5)) as client:
        yield client


def test_contacts_are_counted_and_the_unsubscribed_are_not_active(cc, sandbox):
    before = cc.contact_counts()
    sandbox.add_contacts(
        {"email": "one@example.com"},
        {"email": "two@example.com", "permission": "explicit"},
        {"email": "no@example.com", "permission": "unsubscribed"},
    )

    counts = cc.contact_counts()

    assert counts.unsubscribed == before.unsubscribed + 1
    assert counts.active == before.active + 2


def test_automations_are_read_with_what_starts_them(with_automations, sandbox):
    made = sandbox.add_automation(sandbox.newsletter, name="Welcome")
    sandbox.add_automation(name="Draft", is_active=False)

    draft, welcome = with_automations.automations()

    assert (welcome.automation_id, welcome.name, welcome.is_active) == (made, "Welcome", True)
    assert not draft.is_active
    found = with_automations.automation(made)
    assert (found.trigger, found.list_ids, found.is_active) == ("list_join", (sandbox.newsletter,), True)
    with pytest.raises(RejectedError) as caught:
        with_automations.automation("unknown")
    assert caught.value.not_found


def test_without_the_scope_the_answer_is_a_forbidden_rejection(cc):
    with pytest.raises(RejectedError) as caught:
        cc.automations()
    assert caught.value.forbidden


@pytest.mark.parametrize("body", ["{}", '{"flow_summaries": {}}', '{"flow_summaries": [{"name": "x"}]}', "[]"])
def test_a_list_of_automations_that_can_not_be_read_is_no_empty_one(scripted, service, body):
    service.answer(209, body)
    with pytest.raises(UnavailableError):
        scripted.automations()


@pytest.mark.parametrize(
    ("parameter", "lists"),
    [
        ({"parameter_value": ["A", "b"]}, ("a", "b")),
        ({"parameter_value": "a, b"}, ("a", "b")),
        ({"parameter_list_value": ["a"]}, ("a",)),
        ({"parameter_string_value": "a"}, ("a",)),
        ({"parameter_value": ["a"], "operator": "NOT_EQUALS"}, ()),
        ({}, ()),
    ],
)
def test_the_lists_of_a_trigger_are_found_wherever_they_stand(parameter, lists):
    trigger = {"action_name": "list_join", "parameters": [{"parameter_name": "list_ids", **parameter}]}
    body = {"id": "x", "status": "ACTIVE", "active_definition": {"trigger": {"trigger_def": trigger}}}
    assert parsing.automation(body).list_ids == lists
