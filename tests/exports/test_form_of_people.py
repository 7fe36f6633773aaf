"""The form asks what becomes of people on the list who left the segments, or have another address now."""

from django.urls import reverse

from connections.models import Connection
from exports.models import Export
from exports.models.configuration import freeze, is_comparable
from tests.exports.pages import filled_in, plain_segment

ADD = reverse("admin:exports_export_add")
SAFE = ("keep", "remove")


def choices_of(export: Export) -> tuple[str, str]:
    export.refresh_from_db()
    return export.leavers, export.former_addresses


def test_the_choices_are_saved_and_what_is_missing_stays_as_it_is(alice_client, carol_client, connection, list_id, db):
    Connection.objects.filter(pk=connection.pk).update(sharing="contributors")
    segment = plain_segment()
    page = alice_client.get(ADD).text
    for name, choice in zip(("leavers", "former_addresses"), SAFE, strict=True):
        assert f'name="{name}" value="{choice}" checked' in page
    assert "does not unsubscribe them" in page

    alice_client.post(ADD, filled_in(connection, list_id, segment))
    export = Export.objects.get()
    assert choices_of(export) == SAFE
    frozen, address = freeze(export), reverse("admin:exports_export_change", args=[export.pk])

    def save(**chosen):
        export.refresh_from_db()
        data = filled_in(connection, list_id, segment, seen=export.updated_at.isoformat(), **chosen)
        return alice_client.post(address, data)

    save(leavers="remove", former_addresses="show")
    assert choices_of(export) == ("remove", "show")
    assert is_comparable(frozen, freeze(export))  # nobody is sent again for it
    save()
    assert choices_of(export) == ("remove", "show")
    assert "Select a valid choice" in save(leavers="somewhere").text
    assert choices_of(export) == ("remove", "show")
    assert 'name="leavers" value="remove" checked' in alice_client.get(address).text
    assert "Are removed from the list" in carol_client.get(address).text
