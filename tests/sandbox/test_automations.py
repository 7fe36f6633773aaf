"""/automations/workflows of the sandbox: its documented shape, its scope, its switches."""

import pytest

SCOPE = "contact_data account_read offline_access campaign_data"


def test_the_list_is_a_209_of_summaries_and_one_automation_says_what_starts_it(sandbox, connect):
    api = connect(scope=SCOPE)
    made = sandbox.add_automation(sandbox.newsletter, name="Welcome")
    sandbox.add_automation(sandbox.newsletter, name="Draft", is_active=False)

    answer = api.get("/automations/workflows")

    assert answer.status_code == 209
    draft, welcome = answer.json()["flow_summaries"]
    assert (welcome["id"], welcome["status"], welcome["active_state"]) == (made, "ACTIVE", "ACTIVE")
    assert draft["status"] == "DRAFT"
    assert "trigger" not in welcome
    one = api.get(f"/automations/workflows/{made}")
    assert one.status_code == 200
    trigger = one.json()["active_definition"]["trigger"]["trigger_def"]
    assert trigger["action_name"] == "list_join"
    (parameter,) = trigger["parameters"]
    assert (parameter["parameter_name"], parameter["parameter_value"]) == ("list_ids", [sandbox.newsletter])


def test_it_needs_the_scope_and_the_privilege(sandbox, api, connect):
    assert api.get("/automations/workflows").status_code == 403
    sandbox.set_privileges(remove=["customer-journey:read"])
    assert connect(scope=SCOPE).get("/automations/workflows").status_code == 403


@pytest.mark.parametrize("status", [200, 403, 404])
def test_the_list_answers_as_the_switch_says(sandbox, connect, status):
    sandbox.switch(automations_status=status, automation_lists="parameter_list_value")
    made = sandbox.add_automation(sandbox.newsletter)
    api = connect(scope=SCOPE)
    assert api.get("/automations/workflows").status_code == status
    definition = api.get(f"/automations/workflows/{made}").json()["active_definition"]
    assert "parameter_list_value" in definition["trigger"]["trigger_def"]["parameters"][0]
    assert api.get("/automations/workflows/unknown").status_code == 404
