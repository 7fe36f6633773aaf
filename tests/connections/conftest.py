import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from tests.conftest import PASSWORD


@pytest.fixture
def eve(db) -> User:
    """Another administrator."""
    eve = User.objects.create_user("eve", "eve@example.com", PASSWORD, is_staff=True)
    eve.groups.add(Group.objects.get(name="Administrators"))
    return eve


@pytest.fixture
def eve_client(eve: User) -> Client:
    client = Client()
    client.force_login(eve, backend="django.contrib.auth.backends.ModelBackend")
    return client
