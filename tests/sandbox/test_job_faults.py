"""What can go wrong with a bulk job after it was accepted, and jobs that other programs have in the same account."""

import pytest
import requests

IMPORT = "POST /v3/activities/contacts_json_import"
PEOPLE = [{"email": f"p{number}@example.com"} for number in range(10)]


def send(api):
    body = {"import_data": PEOPLE, "list_ids": [api.sandbox.newsletter]}
    return api.post("/activities/contacts_json_import", body).json()["activity_id"]


def finished(api, activity_id):
    api.sandbox.settle()
    return api.activity(activity_id)


@pytest.mark.parametrize("outcome", ["failed", "cancelled", "timed_out"])
def test_the_next_import_ends_as_configured_after_a_part_of_its_rows(sandbox, api, outcome):
    sandbox.job_fault(outcome=outcome, share=0.4)
    assert finished(api, send(api))["state"] == outcome
    assert len(sandbox.members(sandbox.newsletter)) == 4
    assert sandbox.stats()["faults"] == 1
    assert sandbox.stats()["unfinished_jobs"] == 0
    assert finished(api, send(api))["state"] == "completed"


def test_an_import_that_ends_wrongly_imports_nobody_where_the_share_is_none(sandbox, api):
    sandbox.job_fault(outcome="timed_out", share=0)
    finished(api, send(api))
    assert sandbox.members(sandbox.newsletter) == []


def test_an_import_cut_short_counts_what_it_read(sandbox, api):
    sandbox.job_fault(share=0.5, skip=1)
    first, second = finished(api, send(api)), finished(api, send(api))
    assert [job["status"]["person_count"] for job in (first, second)] == [10, 5]


def test_counts_may_be_wrong_though_everybody_arrived(sandbox, api):
    sandbox.job_fault(counted=0)
    assert finished(api, send(api))["status"]["person_count"] == 0
    assert len(sandbox.members(sandbox.newsletter)) == 10


def test_a_job_is_hidden_for_a_while(sandbox, api):
    sandbox.job_fault(hidden_seconds=60)
    activity_id = send(api)
    assert api.get("/activities").json()["activities"] == []
    assert api.get(f"/activities/{activity_id}").status_code == 404
    sandbox.advance(60)
    assert api.activity(activity_id)["state"] == "completed"


def test_job_faults_can_be_cleared(sandbox, api):
    sandbox.job_fault(outcome="failed", times=100)
    sandbox.clear_job_faults()
    assert finished(api, send(api))["state"] == "completed"


@pytest.mark.parametrize("kind", ["import", "export"])
def test_another_programs_job_is_among_the_activities(sandbox, api, kind):
    activity_id = sandbox.add_foreign_job(kind, rows=10)
    assert finished(api, activity_id)["status"]["items_total_count"] == 10
    assert sandbox.members(sandbox.newsletter) == []
    assert sandbox.stats()["imports"] == 0


def test_another_program_imports_as_many_as_an_import_that_never_arrived(sandbox, api):
    sandbox.switch(foreign_jobs="import")
    sandbox.fault(IMPORT, "drop_before")
    with pytest.raises(requests.ConnectionError):
        send(api)
    (job,) = api.get("/activities").json()["activities"]
    assert finished(api, job["activity_id"])["status"]["items_total_count"] == 10
