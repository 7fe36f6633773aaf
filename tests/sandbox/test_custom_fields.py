"""Behaviour 30: custom fields."""

import uuid

import pytest

PATH = "/contact_custom_fields"


def test_the_server_makes_the_name_from_the_label(api):
    answer = api.post(PATH, {"label": "Customer ID", "type": "string"})

    assert answer.status_code == 201
    made = answer.json()
    assert uuid.UUID(made["custom_field_id"])
    assert (made["label"], made["name"], made["type"]) == ("Customer ID", "customer_id", "string")
    assert api.get(f"{PATH}/{made['custom_field_id']}").json() == made


def test_the_case_of_the_name_is_a_switch(sandbox, api):
    sandbox.switch(custom_field_names="keep")
    assert api.post(PATH, {"label": "Customer ID", "type": "string"}).json()["name"] == "Customer_ID"


def test_a_second_field_of_the_same_label_is_409(api):
    api.post(PATH, {"label": "Size", "type": "string"})
    assert api.post(PATH, {"label": "Size", "type": "number"}).status_code == 409


@pytest.mark.parametrize(
    "body",
    [{"type": "string"}, {"label": "Size"}, {"label": "Size", "type": "blob"}, {"label": "x" * 51, "type": "string"}],
)
def test_a_field_without_label_or_type_is_400(api, body):
    assert api.post(PATH, body).status_code == 400


def test_one_field_too_many_is_refused_with_the_status_of_the_switch(sandbox, api):
    for number in range(100):
        assert api.post(PATH, {"label": f"Field {number}", "type": "string"}).status_code == 201
    assert api.post(PATH, {"label": "One more", "type": "string"}).status_code == 400
    sandbox.switch(too_many_custom_fields_status=403)
    assert api.post(PATH, {"label": "One more", "type": "string"}).status_code == 403


def test_a_page_has_at_most_100_fields(api):
    for number in range(3):
        api.post(PATH, {"label": f"Field {number}", "type": "string"})

    first = api.get(PATH, limit=2).json()
    second = api.get(first["_links"]["next"]["href"]).json()

    found = first["custom_fields"] + second["custom_fields"]
    assert [one["name"] for one in found] == ["field_0", "field_1", "field_2"]
    assert "_links" not in second
    assert api.get(PATH, limit=101).status_code == 400


def test_a_field_can_be_deleted(api):
    field_id = api.post(PATH, {"label": "Size", "type": "string"}).json()["custom_field_id"]
    assert api.delete(f"{PATH}/{field_id}").status_code == 204
    assert api.get(f"{PATH}/{field_id}").status_code == 404


def test_choices_metadata_and_version_are_kept_and_answered(api):
    labels = ["Small", "Large"]
    body = {
        "label": "Size",
        "type": "single_select",
        "choices": [{"choice_label": label} for label in labels],
        "metadata": {"display_type": "radio"},
    }
    made = api.post(PATH, body).json()
    assert [choice["choice_label"] for choice in made["choices"]] == labels
    assert all(uuid.UUID(choice["choice_id"]) for choice in made["choices"])
    assert made["metadata"] == {"display_type": "radio"}
    born = api.post(PATH, {"label": "Born", "type": "date", "version": 2}).json()
    assert (born["type"], born["version"]) == ("date", 2)
    assert api.get(PATH).json()["custom_fields"] == [made, born]


def choices(count, length=1):
    return [{"choice_label": f"{number}".zfill(length)} for number in range(count)]


@pytest.mark.parametrize(
    "body",
    [
        {"type": "single_select"},
        {"type": "multi_select", "choices": []},
        {"type": "single_select", "choices": choices(101)},
        {"type": "single_select", "choices": choices(21), "metadata": {"display_type": "radio"}},
        {"type": "multi_select", "choices": choices(21), "metadata": {"display_type": "checkbox"}},
        {"type": "single_select", "choices": choices(1, length=256)},
        {"type": "single_select", "choices": ["Small"]},
        {"type": "single_select", "choices": [{"choice_label": ""}]},
        {"type": "number", "metadata": {"decimal_places": 5}},
        {"type": "number", "metadata": {"decimal_places": 0}},
        {"type": "date", "version": 3},
    ],
)
def test_a_type_that_is_not_complete_is_400(api, body):
    assert api.post(PATH, {"label": "Size", **body}).status_code == 400


def test_a_list_may_have_100_choices_of_255_characters(api):
    body = {"label": "Size", "type": "single_select", "choices": choices(100, length=255)}
    assert api.post(PATH, body).status_code == 201
