"""What the audit trail says about sources in databases: where they are and who changed that, and never a secret."""

import json

import pytest
from auditlog.models import LogEntry
from django.urls import reverse

from ccexport.audit.sentences import sentences_of
from profiles.models import DatabaseAddress, ProfileSource

pytestmark = pytest.mark.django_db

ADD = reverse("admin:profiles_profilesource_add_database", args=["postgresql"])
ENTERED = {
    "name": "People",
    "host": "db.example.com",
    "port": "5432",
    "database": "crm",
    "user": "reader",
    "password": "hunter2",
    "sslmode": "require",
    "certificate": "",
    "schema": "public",
    "table": "people",
    "key_attribute": "id",
    "updated_attribute": "",
}


@pytest.fixture
def source(alice_client):
    alice_client.post(ADD, ENTERED)
    return ProfileSource.objects.get()


def said(source):
    entries = LogEntry.objects.get_for_object(source).order_by("pk")
    return [sentence for entry in entries for sentence in sentences_of(entry)]


def change(client, source, **changed):
    page = reverse("admin:profiles_profilesource_database", args=[source.pk])
    assert client.post(page, {**ENTERED, "password": "", **changed}).status_code == 302


def test_a_new_source_is_written_with_where_it_is(source):
    told = said(source)

    assert told[0] == "alice added the profile source “People”."
    assert "alice changed “Host” of the profile source “People” from “–” to “db.example.com”." in told
    assert "alice changed “Table or view” of the profile source “People” from “–” to “people”." in told
    assert told[-1] == "alice entered the password or key of the profile source “People”."


def test_a_change_is_written_from_what_to_what(source, alice_client):
    LogEntry.objects.all().delete()

    change(alice_client, source, table="customers", sslmode="verify-full", password="hunter3")

    assert said(source) == [
        "alice changed “Encryption (TLS)” of the profile source “People” from “Required” to "
        "“Required, with a verified certificate”.",
        "alice changed “Table or view” of the profile source “People” from “people” to “customers”.",
        "alice entered the password or key of the profile source “People”.",
    ]


def test_nothing_is_written_where_nothing_changed(source, alice_client):
    LogEntry.objects.all().delete()

    change(alice_client, source)

    assert said(source) == []


def test_no_secret_is_in_the_trail(source, alice_client):
    change(alice_client, source, host="other.example.com", password="hunter3")

    everything = json.dumps([[entry.changes, entry.additional_data] for entry in LogEntry.objects.all()])
    assert "hunter" not in everything
    assert "secrets" not in everything
    assert "f1:" not in everything


def test_a_source_whose_secrets_cannot_be_read_any_more_can_be_set_up_again_and_deleted(source, alice_client, settings):
    from cryptography.fernet import Fernet

    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    change(alice_client, source, host="other.example.com", password="hunter3")
    assert DatabaseAddress.objects.get().entered()["password"] == "hunter3"
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    alice_client.post(reverse("admin:profiles_profilesource_delete", args=[source.pk]))

    assert not ProfileSource.objects.exists()
