"""Fixtures that every test may use: people by role, and the sandbox."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client, override_settings
from django.utils import translation
from structlog.contextvars import clear_contextvars

from ccexport.catalogues import compile_all

pytest_plugins = [
    "tests.support.fixtures_sandbox",
    "tests.support.fixtures_connections",
    "tests.support.fixtures_exports",
    "tests.support.fixtures_profiles",
    "tests.support.fixtures_databases",
    "tests.support.fixtures_warehouses",
    "tests.support.full_disk",
    "tests.support.object_storage",
    "tests.support.processes",
]

PASSWORD = "correct horse battery staple"


# Who asks for one of these is not for `make fast`: other processes (the sandbox is one), real commits, whole pages.
LENGTHY_FIXTURES = {
    *("sandbox_process", "processes", "postgres_options", "transactional_db", "live_server", "page"),
    *("client", "alice_client", "bob_client", "carol_client", "dave_client"),
}
# Nor are these files and tests, which take seconds. tests/docs holds that they exist.
LENGTHY = {
    *("test_batches_are_cut.py", "test_database_contract.py", "test_every_room_counts_alike.py", "test_rights.py"),
    *(
        "test_files_in_object_storage.py",
        "test_parquet_files.py",
        "test_plans_of_long_texts.py",
        "test_storage_away.py",
    ),
    *("test_static_segments.py", "test_unchanged_is_so.py", "test_values_that_became_empty.py"),
    *("test_run_now_is_followed_through_our_files", "test_very_many_conditions_can_be_counted"),
}


# Whoever asks for one of these, or is in one of these folders, has to do with the database that DATABASE_URL names.
DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "processes"}
DATABASE_FOLDERS = {"docs", "outage", "upgrade"}


def uses_database(item):
    is_marked = item.get_closest_marker("django_db") is not None
    return is_marked or not DATABASE_FIXTURES.isdisjoint(item.fixturenames) or item.path.parent.name in DATABASE_FOLDERS


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(config, items):
    """Mark the tests of `make fast`, and those that use the database: the others need no second run on another one.

    Leave out what takes many minutes, whatever else -m says, unless it names it.
    """
    for item in items:
        if uses_database(item):
            item.add_marker("database")
        commits = any(mark.kwargs.get("transaction") for mark in item.iter_markers("django_db"))
        is_lengthy = commits or not LENGTHY.isdisjoint((item.path.name, item.name.partition("[")[0]))
        if not is_lengthy and LENGTHY_FIXTURES.isdisjoint(item.fixturenames):
            item.add_marker("fast")
    if "slow" not in (config.getoption("markexpr") or ""):
        slow = [item for item in items if item.get_closest_marker("slow")]
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # once, before pytest-xdist starts its workers
        compile_all()


@pytest.fixture(autouse=True)
def files_of_the_test(settings, tmp_path):
    """Each test has a storage of its own: no file of one is seen by another, or stays behind."""
    own = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": own}


@pytest.fixture(autouse=True)
def language_of_the_test():
    """A page that was asked for in Chinese leaves the thread Chinese: the next test begins in English again."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def log_context_of_the_test():
    """What one test's task or request bound to its log lines is not in those of the next."""
    clear_contextvars()


@pytest.fixture(scope="session", autouse=True)
def quick_password_hashes():
    """Hashing slowly on purpose is for people's passwords, not for hundreds of tests that make some."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


def _person(name: str, role: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.com", PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def alice(db) -> User:
    """An administrator."""
    return _person("alice", "Administrators")


@pytest.fixture
def bob(db) -> User:
    """A contributor."""
    return _person("bob", "Contributors")


@pytest.fixture
def dave(db) -> User:
    """Another contributor."""
    return _person("dave", "Contributors")


@pytest.fixture
def carol(db) -> User:
    """A viewer."""
    return _person("carol", "Viewers")


@pytest.fixture
def alice_client(alice) -> Client:
    return _client(alice)


@pytest.fixture
def bob_client(bob) -> Client:
    return _client(bob)


@pytest.fixture
def dave_client(dave) -> Client:
    return _client(dave)


@pytest.fixture
def carol_client(carol) -> Client:
    return _client(carol)
