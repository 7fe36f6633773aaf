"""What a library brings for its own tables is no page of ours."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User

from ccexport.admin_site.site import OUR_APPS


def test_every_page_was_made_by_us():
    assert {page.__class__.__module__.split(".")[0] for page in admin.site._registry.values()} <= OUR_APPS


def test_people_have_our_page():
    assert admin.site._registry[User].__class__.__name__ == "PeopleAdmin"


@pytest.mark.parametrize("path", ["django_q/schedule/", "django_q/ormq/", "axes/accessattempt/", "auth/group/"])
def test_the_tables_of_the_queue_and_of_signing_in_have_no_page(alice_client, path):
    assert alice_client.get(f"/admin/{path}").status_code == 404
