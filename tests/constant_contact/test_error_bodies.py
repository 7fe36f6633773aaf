"""Whatever comes back, one of the six errors comes out of it."""

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from constant_contact import ConstantContactError

STATUSES = st.sampled_from([200, 201, 301, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error_key", "error_message", "error", "message", "_links", "next", "href", "status"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
ACTIVITY_FIELDS = st.sampled_from(["state", "percent_done", "created_at", "status", "activity_errors"])
over_http = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


def only_our_errors():
    """Any other exception fails the test."""
    return suppress(ConstantContactError)


@over_http
@given(status=STATUSES, body=st.binary(max_size=200))
def test_any_bytes_end_as_one_of_the_six_errors(scripted, service, keyring, status, body):
    service.forget()
    service.answer(status, body)
    keyring.tokens = ["first-token", "second-token"]

    with only_our_errors():
        scripted.account_summary()


@over_http
@given(status=STATUSES, body=JSON)
def test_any_json_ends_as_a_value_or_one_of_the_six_errors(scripted, service, keyring, status, body):
    service.forget()
    service.answer(status, json.dumps(body))
    keyring.tokens = ["first-token", "second-token"]

    with only_our_errors():
        scripted.contact_lists()
    keyring.tokens = ["first-token", "second-token"]
    with only_our_errors():
        scripted.import_json(b"{}")


@over_http
@given(
    fields=st.dictionaries(st.sampled_from(["state", "percent_done", "created_at", "status", "activity_errors"]), JSON)
)
def test_an_activity_with_odd_fields_ends_as_a_value_or_one_of_the_six_errors(scripted, service, fields):
    service.forget()
    service.answer(200, json.dumps({"activity_id": "a", "state": "processing"} | fields))

    with only_our_errors():
        scripted.activity("a")


@pytest.mark.parametrize("number", ["Infinity", "NaN", "1e999", "1" * 5000])
def test_numbers_that_are_none_count_as_unreadable(scripted, service, number):
    service.answer(200, f'{{"activity_id": "a", "state": "processing", "percent_done": {number}}}')

    with pytest.raises(ConstantContactError):
        scripted.activity("a")
