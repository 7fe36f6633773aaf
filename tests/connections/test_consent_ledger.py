"""The agreements to the transfer as a file, and the limits that only a person can tell."""

import csv
import io

from auditlog.models import LogEntry
from django.contrib.auth.models import User

from connections.models import Connection, Consent
from tests.connections.walking import url


def rows_of(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_agreements_of_a_connection_are_a_file_and_the_download_is_audited(connection, alice, alice_client):
    assert url("consents", connection.pk) in alice_client.get(url("change", connection.pk)).text

    (row,) = rows_of(alice_client.get(url("consents", connection.pk)))

    agreed_at = row.pop("agreed_at")
    assert agreed_at.endswith("+00:00")
    assert row == {
        "person": "alice",
        "address": "192.0.2.1",
        "text_version": "1",
        "language": "en",
        "connection": "Newsletter",
        "connection_removed": "no",
    }
    event = LogEntry.objects.get(additional_data__event="downloaded_consents")
    assert event.actor == alice
    assert "downloaded the agreements" in alice_client.get("/admin/system/audit/").text


def test_the_whole_ledger_has_the_agreements_of_removed_connections_too(connection, alice, alice_client):
    formula = User.objects.create_user("=eve", is_staff=True)
    Consent.objects.create(connection_name="Old shop", user=formula, text_version="1", language="zh-hans")

    rows = rows_of(alice_client.get(url("all_consents")))

    assert [(row["connection"], row["connection_removed"]) for row in rows] == [
        ("Newsletter", "no"),
        ("Old shop", "yes"),
    ]
    assert rows[1]["person"] == "'=eve"  # no formula for a spreadsheet
    assert LogEntry.objects.filter(additional_data__event="downloaded_all_consents", actor=alice).exists()


def test_limits_are_saved_and_emptied_and_nonsense_is_refused(connection, alice_client):
    def save(**limits: str):
        connection.refresh_from_db()
        values = {"seen": connection.updated_at.isoformat(), **limits}
        return alice_client.post(url("limits", connection.pk), values, follow=True)

    save(contract_contacts="5000", max_automation_starts="0")
    connection.refresh_from_db()
    assert (connection.contract_contacts, connection.max_automation_starts) == (5_000, 0)
    answer = save(contract_contacts="-3", max_automation_starts="")
    assert "greater than or equal to 1" in answer.text
    connection.refresh_from_db()
    assert connection.contract_contacts == 5_000
    save(contract_contacts="", max_automation_starts="")
    connection.refresh_from_db()
    assert (connection.contract_contacts, connection.max_automation_starts) == (None, None)
    values = {"seen": "2020-01-01T00:00:00+00:00", "contract_contacts": "7"}
    answer = alice_client.post(url("limits", connection.pk), values, follow=True)
    assert "Somebody else saved this connection" in answer.text
    assert Connection.objects.get().contract_contacts is None
