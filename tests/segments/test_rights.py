"""Every role × every page × every method."""

import pytest
from django.test import Client
from django.urls import reverse

from profiles.models import ProfileSource
from segments.models import Segment

SOURCE, SEGMENT = "profiles_profilesource", "segments_segment"

# What each role gets: for GET, then for POST. 302 of a POST is the work done; of a GET, the page of the row instead.
EDIT = {"carol": (403, 403), "bob": (200, 200), "alice": (200, 200)}
PAGES = [
    (SOURCE, "changelist", False, {"carol": (200, 200), "bob": (200, 200), "alice": (200, 200)}),
    (SOURCE, "add", False, {"carol": (403, 405), "bob": (200, 405), "alice": (200, 405)}),
    (SOURCE, "add_file", False, EDIT),
    (SOURCE, "columns", False, {"carol": (405, 403), "bob": (405, 200), "alice": (405, 200)}),
    (SOURCE, "change", True, {"carol": (200, 200), "bob": (200, 200), "alice": (200, 200)}),
    (SOURCE, "upload", True, EDIT),
    (SOURCE, "progress", True, {"carol": (200, 200), "bob": (200, 200), "alice": (200, 200)}),
    (SOURCE, "delete", True, {"carol": (403, 403), "bob": (200, 302), "alice": (200, 302)}),
    (SEGMENT, "changelist", False, {"carol": (200, 200), "bob": (200, 200), "alice": (200, 200)}),
    (SEGMENT, "add", False, EDIT),
    (SEGMENT, "attributes", True, {"carol": (403, 403), "bob": (200, 200), "alice": (200, 200)}),
    (SEGMENT, "inspect", False, {"carol": (405, 403), "bob": (405, 400), "alice": (405, 400)}),
    (SEGMENT, "change", True, {"carol": (200, 200), "bob": (200, 200), "alice": (200, 200)}),
    (SEGMENT, "edit", True, EDIT),
    (SEGMENT, "status", True, {"carol": (200, 200), "bob": (200, 200), "alice": (200, 200)}),
    (SEGMENT, "download", True, {"carol": (200, 405), "bob": (200, 405), "alice": (200, 405)}),
    (SEGMENT, "duplicate", True, {"carol": (403, 403), "bob": (302, 302), "alice": (302, 302)}),
    (SEGMENT, "members", True, {"carol": (200, 200), "bob": (200, 200), "alice": (200, 200)}),
    (SEGMENT, "refresh", True, {"carol": (403, 403), "bob": (302, 302), "alice": (302, 302)}),
    (SEGMENT, "delete", True, {"carol": (403, 403), "bob": (200, 302), "alice": (200, 302)}),
]


@pytest.fixture
def address(people, americans):
    lonely = ProfileSource.objects.create(name="Lonely", key_attribute="id")

    def _address(model, name, about_row):
        row = {SOURCE: lonely if name == "delete" else people, SEGMENT: americans}[model]
        if name == "attributes":
            row = people
        return reverse(f"admin:{model}_{name}", args=[row.pk] if about_row else [])

    return _address


@pytest.mark.parametrize(("model", "name", "about_row", "expected"), PAGES)
@pytest.mark.parametrize("person", ["carol", "bob", "alice"])
def test_each_role_gets_what_it_may_have(request, address, model, name, about_row, expected, person):
    client = request.getfixturevalue(f"{person}_client")
    where = address(model, name, about_row)

    assert (client.get(where).status_code, client.post(where).status_code) == expected[person]


@pytest.mark.parametrize(("model", "name", "about_row", "expected"), PAGES)
def test_a_stranger_is_asked_to_sign_in(address, model, name, about_row, expected):
    answer = Client().get(address(model, name, about_row))

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize(("model", "name", "about_row", "expected"), [row for row in PAGES if row[2]])
def test_a_row_that_is_not_there_is_not_found(alice_client, model, name, about_row, expected):
    assert alice_client.get(reverse(f"admin:{model}_{name}", args=[999_999])).status_code == 404


def test_a_viewer_s_post_changes_nothing(carol_client, people, americans):
    carol_client.post(reverse("admin:profiles_profilesource_change", args=[people.pk]), {"name": "Mine"})
    for page in ("change", "edit"):
        carol_client.post(reverse(f"admin:segments_segment_{page}", args=[americans.pk]), {"name": "Mine"})

    assert not ProfileSource.objects.filter(name="Mine").exists()
    assert not Segment.objects.filter(name="Mine").exists()


def test_somebody_without_a_role_sees_nothing(carol, carol_client, address):
    carol.groups.clear()

    for model, name, about_row, _expected in PAGES:
        assert carol_client.get(address(model, name, about_row)).status_code in (403, 405)


def test_a_post_without_its_token_is_refused(alice, people):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")

    for page in ("upload", "delete"):
        assert client.post(reverse(f"admin:profiles_profilesource_{page}", args=[people.pk])).status_code == 403
    assert (
        client.post(reverse("admin:segments_segment_inspect"), b"{}", content_type="application/json").status_code
        == 403
    )
