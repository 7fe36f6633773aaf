import pytest
from cryptography.fernet import Fernet
from django.core import checks


@pytest.fixture(autouse=True)
def application_at_constant_contact(settings):
    settings.CONSTANT_CONTACT_CLIENT_ID = "of-this-test"


def found(*, deploy: bool = False) -> list[str]:
    messages = checks.run_checks(include_deployment_checks=deploy)
    return [message.id for message in messages if message.id.startswith("ccexport.")]


def test_the_settings_as_they_are_pass():
    assert found() == []


def test_a_queue_elsewhere_is_refused(settings):
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "orm": "other"}

    assert found() == ["ccexport.E001"]


def test_a_key_that_is_none_is_refused(settings):
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), "too-short"]

    assert found() == ["ccexport.E003"]


def test_one_secret_for_both_purposes_is_refused(settings):
    settings.SECRET_KEY = Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [settings.SECRET_KEY]

    assert found() == ["ccexport.E004"]


def test_production_without_an_application_at_constant_contact_is_warned_with_the_cure(settings):
    settings.CONSTANT_CONTACT_CLIENT_ID = ""

    warning = next(message for message in checks.run_checks() if message.id == "ccexport.W001")

    assert settings.BASE_URL + "/connections/oauth/callback/" in warning.hint


def test_installation_that_can_notify_nobody_is_warned_but_not_at_each_command(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    settings.CONSTANT_CONTACT_CLIENT_ID, settings.ALERT_URLS = "set", []
    assert found(deploy=True) == ["ccexport.W002"]
    assert found() == []

    settings.ALERT_URLS = ["json://hooks.example.com"]
    assert found(deploy=True) == []


@pytest.mark.parametrize(
    ("trouble", "says", "cure"),
    [
        ((403, "AccessDenied"), "ccexport.E010", "the rights"),
        ((507, "XMinioStorageFull"), "ccexport.E011", "Make room"),
    ],
)
def test_storage_that_does_not_work_is_an_error_with_its_cure_before_a_deployment(object_storage, trouble, says, cure):
    assert found(deploy=True) == found() == []

    object_storage.refuse = trouble
    assert found() == []
    warning = next(one for one in checks.run_checks(include_deployment_checks=True) if one.id == says)
    assert cure in warning.hint
    assert trouble[1] in warning.msg
    assert "secret" not in warning.msg + warning.hint


def test_the_check_of_the_storage_leaves_nothing_behind(object_storage):
    assert found(deploy=True) == []

    assert {call.split()[0] for call in object_storage.asked} == {"PUT", "HEAD", "GET", "DELETE"}
    assert len({call.split()[1] for call in object_storage.asked}) == 1
    assert object_storage.names() == []
