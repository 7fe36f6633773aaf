"""Behaviours 36, 49 to 53 and 59: bulk jobs by the clock."""

import uuid

import pytest
import requests

from tests.sandbox.conftest import keys

DAY = 86_400


@pytest.fixture
def send(sandbox, api):
    """Queues an import and gives its activity id."""

    def post(email="ann@example.com", lists=None):
        body = {"import_data": [{"email": email}], "list_ids": lists or [sandbox.newsletter]}
        return api.post("/activities/contacts_json_import", body).json()["activity_id"]

    return post


def test_a_job_goes_through_its_states_with_rising_percent(sandbox, api, send):  # 36
    sandbox.switch(job_seconds=3600)
    activity_id = send()
    seen = []
    for seconds in (0, 720, 1440, 1500):
        sandbox.advance(seconds)
        seen.append(api.activity(activity_id))

    assert [one["state"] for one in seen] == ["initialized", "processing", "processing", "completed"]
    percents = [one["percent_done"] for one in seen]
    assert percents == sorted(percents)
    assert percents[-1] == 100
    assert "started_at" not in seen[0]
    assert "completed_at" not in seen[1]
    assert {"started_at", "completed_at", "created_at", "updated_at"} <= set(seen[3])
    assert len(sandbox.members(sandbox.newsletter)) == 1


@pytest.mark.parametrize("outcome", ["failed", "cancelled", "timed_out"])
def test_a_job_may_end_otherwise(sandbox, api, send, outcome):  # 36
    sandbox.switch(job_outcome=outcome)
    activity = api.activity(send())
    assert activity["state"] == outcome
    assert sandbox.members(sandbox.newsletter) == []


def test_a_job_without_duration_is_done_at_the_next_read(api, send):  # 36
    assert api.activity(send())["state"] == "completed"


def test_an_import_to_a_list_deleted_meanwhile_fails_with_a_text(sandbox, api, send):  # 49
    sandbox.switch(job_seconds=60)
    activity_id = send()
    sandbox.delete_list(sandbox.newsletter)
    sandbox.advance(61)

    activity = api.activity(activity_id)

    assert activity["state"] == "failed"
    assert [type(error) for error in activity["activity_errors"]] == [str]
    assert api.contact("ann@example.com") is None


def test_a_list_deleted_meanwhile_may_be_skipped_by_switch(sandbox, api, send):  # 49
    sandbox.switch(job_seconds=60, list_gone="skip")
    activity_id = send(lists=[sandbox.newsletter, sandbox.weekly_news])
    sandbox.delete_list(sandbox.newsletter)
    sandbox.advance(61)
    assert api.activity(activity_id)["state"] == "completed"
    assert len(sandbox.members(sandbox.weekly_news)) == 1


def test_an_account_may_have_1000_unfinished_jobs(sandbox, api, send, connect):  # 50
    sandbox.switch(job_seconds=60, queued_jobs=2)
    send(), send()

    body = {"import_data": [{"email": "a@example.com"}], "list_ids": [sandbox.newsletter]}
    refused = api.post("/activities/contacts_json_import", body)

    assert refused.status_code == 429
    assert len(keys(refused)) == 1
    assert "queued activities" in refused.json()[0]["error_message"]
    other = connect(account="Fabrikam")
    list_id = other.get("/contact_lists").json()["lists"][0]["list_id"]
    assert other.post("/activities/contacts_json_import", body | {"list_ids": [list_id]}).status_code == 201
    sandbox.switch(queue_limit_body="object")
    assert "error_key" in api.post("/activities/contacts_json_import", body).json()
    sandbox.advance(121)
    sandbox.settle()
    assert api.post("/activities/contacts_json_import", body).status_code == 201


def test_the_queue_limit_is_1000(sandbox):  # 50
    assert sandbox.switches()["queued_jobs"] == 1000


def test_jobs_of_an_account_run_one_after_another(sandbox, api, send):  # 51
    sandbox.switch(job_seconds=100)
    first, second = send(), send("bob@example.com")

    sandbox.advance(101)
    assert [api.activity(one)["state"] for one in (first, second)] == ["completed", "initialized"]
    sandbox.advance(50)
    assert api.activity(second)["state"] == "processing"
    sandbox.advance(50)
    assert api.activity(second)["state"] == "completed"


def test_jobs_may_run_at_once_by_switch(sandbox, api, send):  # 51
    sandbox.switch(job_seconds=100, jobs_one_at_a_time=False)
    jobs = [send(), send("bob@example.com")]
    sandbox.advance(101)
    assert [api.activity(one)["state"] for one in jobs] == ["completed", "completed"]


def test_jobs_of_different_accounts_do_not_wait_for_each_other(sandbox, api, send, connect):  # 51
    sandbox.switch(job_seconds=100)
    send()
    other = connect(account="Fabrikam")
    list_id = other.get("/contact_lists").json()["lists"][0]["list_id"]
    body = {"import_data": [{"email": "a@example.com"}], "list_ids": [list_id]}
    activity_id = other.post("/activities/contacts_json_import", body).json()["activity_id"]
    sandbox.advance(101)
    assert other.activity(activity_id)["state"] == "completed"


def test_an_activity_has_the_full_schema(api, send):  # 52
    activity = api.activity(send())
    assert {
        "activity_id",
        "state",
        "started_at",
        "completed_at",
        "created_at",
        "updated_at",
        "percent_done",
        "activity_errors",
        "status",
        "_links",
    } <= set(activity)


def test_an_unknown_foreign_or_old_activity_is_404(sandbox, api, send, connect):  # 52
    activity_id = send()

    assert api.get(f"/activities/{uuid.uuid4()}").status_code == 404
    assert connect(account="Fabrikam").get(f"/activities/{activity_id}").status_code == 404
    sandbox.advance(9 * DAY)
    assert connect().get(f"/activities/{activity_id}").status_code == 200
    sandbox.advance(DAY + 1)
    assert connect().get(f"/activities/{activity_id}").status_code == 404
    assert connect().get("/activities").json()["activities"] == []


def test_activities_are_listed_newest_first_in_pages(sandbox, api, send):  # 53
    sent = [send() for _ in range(5)]

    first = api.get("/activities", limit=3).json()
    rest = api.get(first["_links"]["next"]["href"]).json()

    assert [one["activity_id"] for one in first["activities"] + rest["activities"]] == sent[::-1]
    assert "_links" not in rest
    sandbox.switch(activities_order="oldest_first")
    assert [one["activity_id"] for one in api.get("/activities").json()["activities"]] == sent


def test_activities_can_be_filtered_by_state_but_not_by_initialized(sandbox, api, send):  # 53
    done = send()
    sandbox.settle()
    sandbox.switch(job_seconds=100)
    running = send()
    sandbox.advance(20)

    def ids(state):
        return [one["activity_id"] for one in api.get("/activities", state=state).json()["activities"]]

    assert (ids("completed"), ids("processing"), ids("failed")) == ([done], [running], [])
    assert api.get("/activities", state="initialized").status_code == 400


@pytest.mark.parametrize("limit", [0, 501, "x"])
def test_the_page_of_activities_has_1_to_500(api, limit):  # 53
    assert api.get("/activities", limit=limit).status_code == 400


def test_the_same_post_twice_makes_two_activities(send):  # 59
    assert send() != send()


def test_big_imports_leave_the_server_responsive(sandbox, api):
    body = {
        "import_data": [{"email": f"p{number}@example.com", "first_name": "Ann"} for number in range(40_000)],
        "list_ids": [sandbox.newsletter],
    }
    for _ in range(2):
        api.post("/activities/contacts_json_import", body)

    slowest = max(api.get("/contact_lists").elapsed.total_seconds() for _ in range(5))

    assert slowest < 2
    sandbox.settle()
    assert requests.get(sandbox.url, timeout=10).text.count("40,000") >= 2
