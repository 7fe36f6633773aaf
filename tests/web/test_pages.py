"""How our pages stand in the admin: whoever may not see a list sees none of its pages, whatever their views ask."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from web.model_admin import OwnPages

VALUES = {"pk": 1, "kind": "constant_contact", "slug": "name", "how": "activate", "database": "postgresql"}


def addresses():
    for model, model_admin in admin.site._registry.items():
        if isinstance(model_admin, OwnPages):
            for route, _view, name in model_admin.pages:
                values = {key: value for key, value in VALUES.items() if f":{key}>" in route}
                yield reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", kwargs=values)


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_not_see_a_list_gets_403_from_each_of_its_pages(method, db):
    client = Client()
    client.force_login(
        User.objects.create_user("dave", is_staff=True), backend="django.contrib.auth.backends.ModelBackend"
    )

    answers = {address: getattr(client, method)(address).status_code for address in addresses()}

    assert len(answers) > 40
    assert set(answers.values()) == {403}, answers
