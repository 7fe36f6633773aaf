"""Behaviour 63: one clock for everything, and timestamps in the API's styles."""

import re

import pytest


@pytest.mark.parametrize(
    ("style", "pattern"),
    [
        ("seconds", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
        ("milliseconds", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
        ("offset", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-05:00"),
    ],
)
def test_timestamps_come_in_the_style_of_the_switch(sandbox, api, style, pattern):
    sandbox.switch(timestamps=style)
    assert re.fullmatch(pattern, api.get("/contact_lists").json()["lists"][0]["created_at"])


def test_the_clock_can_be_set_advanced_and_reset(sandbox, connect):
    sandbox.set_clock("2030-01-01T00:00:00Z")
    sandbox.advance(60)
    made = connect().post("/contact_lists", {"name": "Spring"}).json()
    assert made["created_at"].startswith("2030-01-01T00:01:0")

    sandbox.reset()
    assert sandbox.now() < 1_890_000_000


def test_a_reset_brings_everything_back_to_the_start(sandbox, api):
    sandbox.add_contacts({"email": "ann@example.com", "lists": [sandbox.newsletter]})
    sandbox.fault("*", "500", times=9)
    sandbox.switch(timestamps="offset")

    sandbox.reset()

    assert sandbox.members(sandbox.newsletter) == []
    assert api.get("/contact_lists").status_code == 401
    assert sandbox.switches()["timestamps"] == "seconds"
    assert [one["status"] for one in sandbox.requests()] == [401]
