"""Collections are read whole, or not at all."""

import json

import pytest

from constant_contact import UnavailableError


def page(names: list[str], href: object = None) -> str:
    lists = [{"list_id": name, "name": name, "unknown": 1} for name in names]
    return json.dumps({"lists": lists} | ({"_links": {"next": {"href": href}}} if href else {}))


def names_of(lists) -> list[str]:
    return [found.name for found in lists]


def test_every_page_is_read(scripted, service):
    service.answer(200, page(["a", "b"], "/v3/contact_lists?cursor=2"))
    service.answer(200, page(["c"], "/v3/contact_lists?cursor=3"))
    service.answer(200, page(["d"]))

    assert names_of(scripted.contact_lists()) == ["a", "b", "c", "d"]
    assert [asked.path for asked in service.asked] == [
        "/v3/contact_lists?limit=500",
        "/v3/contact_lists?cursor=2",
        "/v3/contact_lists?cursor=3",
    ]


@pytest.mark.parametrize("links", [{}, {"next": None}, {"next": {}}, None])
def test_a_page_without_a_next_link_is_the_last(scripted, service, links):
    service.answer(200, json.dumps({"lists": [], "_links": links}))

    assert scripted.contact_lists() == []


@pytest.mark.parametrize(
    ("status", "body"), [(500, "[]"), (200, ""), (200, "{}"), (200, '{"lists":[{}]}'), (200, "<p>")]
)
def test_a_later_page_that_fails_is_no_shorter_answer(scripted, service, status, body):
    service.answer(200, page(["a"], "/v3/contact_lists?cursor=2"))
    service.answer(status, body)

    with pytest.raises(UnavailableError):
        scripted.contact_lists()


@pytest.mark.parametrize(
    "href",
    [
        "https://evil.example/v3/contact_lists",
        "//evil.example/v3/contact_lists",
        "https://127.0.0.1/v3/contact_lists",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//[",
    ],
)
def test_a_link_to_another_host_is_not_followed(scripted, service, href):
    service.answer(200, page(["a"], href))

    with pytest.raises(UnavailableError) as caught:
        scripted.contact_lists()

    assert caught.value.error_key == "link_off_host"
    assert len(service.asked) == 1


def test_an_absolute_link_to_the_same_host_is_followed(scripted, service):
    service.answer(200, page(["a"], f"{service.host}/v3/contact_lists?cursor=2"))
    service.answer(200, page(["b"]))

    assert names_of(scripted.contact_lists()) == ["a", "b"]


def test_pages_that_go_in_a_circle_are_an_error_not_an_endless_read(scripted, service):
    service.answer(200, page(["a"], "/v3/contact_lists?cursor=2"))

    with pytest.raises(UnavailableError):
        scripted.contact_lists()

    assert len(service.asked) == 2


def test_reading_activities_can_stop_after_some_pages(scripted, service):
    activity = {"activity_id": "a", "state": "processing"}
    body = {"activities": [activity], "_links": {"next": {"href": "/v3/activities?cursor=2"}}}
    service.answer(200, json.dumps(body))

    assert len(list(scripted.activities("processing", limit=10, pages=1))) == 1
    assert [asked.path for asked in service.asked] == ["/v3/activities?limit=10&state=processing"]
