"""/activities: the status of bulk jobs, one by one and as a collection; and how every bulk POST queues its job."""

from typing import Any

from sandbox.constant_contact.call import Answer, Call, Route, read_choices, read_limit, read_query, with_next
from sandbox.constant_contact.errors import ApiError, entry, not_found
from sandbox.constant_contact.job import FINAL, Job, Work, as_status

PATH = "/v3/activities"
LIST_STATES = ("processing", *FINAL)


def queue_job(call: Call, work: Work) -> tuple[int, dict[str, Any]]:
    """Queue the job and answer 201 with its first state; 429 when the account has too many unfinished ones."""
    queue = call.account.queue
    if len(queue.pending) >= call.switch("queued_jobs"):
        problem = entry(
            "contacts.api.too_many_activities",
            f"You exceeded {call.switch('queued_jobs'):,} queued activities for this user account.",
        )
        raise ApiError(429, [problem] if call.switch("queue_limit_body") == "array" else problem)
    job = queue.add(
        work, call.now, call.switch("job_seconds"), call.switch("jobs_one_at_a_time"), call.switch("job_outcome")
    )
    call.world.wake_worker()
    call.noted["activity_id"] = job.activity_id
    return 201, show(call, job, state="initialized")


def show(call: Call, job: Job, state: str = "") -> dict[str, Any]:
    now = call.now
    state = state or job.state(now)
    body: dict[str, Any] = {"activity_id": job.activity_id, "state": state}
    if state != "initialized":
        body["started_at"] = call.stamp(job.started_at)
    if state in FINAL:
        body["completed_at"] = call.stamp(job.ends_at)
    touched = {"initialized": job.created_at, "processing": now}.get(state, job.ends_at)
    body |= {
        "created_at": call.stamp(job.created_at),
        "updated_at": call.stamp(touched),
        "percent_done": 1 if state == "initialized" else job.percent(now),
        "activity_errors": list(job.errors),
        "status": as_status(job.work.counters(), state),
        "_links": {"self": {"href": f"{PATH}/{job.activity_id}"}},
    }
    if job.work.source_file_name:
        body["source_file_name"] = job.work.source_file_name
    if state == "completed" and hasattr(job.work, "results_path"):
        body["_links"]["results"] = {"href": job.work.results_path}
    return body


def get_activity(call: Call) -> Answer:
    job = call.account.queue.jobs.get(call.args["activity_id"].lower())
    if job is None or job.visible_from > call.now:
        raise not_found("activity_id was not found.")
    return 200, show(call, job)


def get_activities(call: Call) -> Answer:
    query, after = read_query(call)
    limit = read_limit(query, 50, 500)
    states = read_choices(query, "state", LIST_STATES)
    newest_first = call.switch("activities_order") == "newest_first"
    jobs = list(call.account.queue.jobs.values())
    if newest_first:
        jobs.reverse()
    page = [
        job
        for job in jobs
        if job.visible_from <= call.now
        and (not states or job.state(call.now) in states)
        and (after < 0 or (job.number < after if newest_first else job.number > after))
    ][: limit + 1]
    body = {"activities": [show(call, job) for job in page[:limit]]}
    return 200, with_next(body, PATH, query, page[limit - 1].number if len(page) > limit else None)


ROUTES = [
    Route("GET", PATH, get_activities, "contacts:write"),
    Route("GET", PATH + "/<activity_id>", get_activity, "contacts:write"),
]
