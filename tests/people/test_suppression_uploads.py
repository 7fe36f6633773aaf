"""A file of suppressions: counted, looked at, added piece by piece, taken back."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from engine.files import names_in
from exports.editing import suppression_files, suppression_uploads
from exports.editing.suppressing import suppress
from exports.editing.suppression_files import FileRefusedError, addresses_in
from exports.models import Suppression, SuppressionUpload
from exports.tasks import add_suppressions

State = SuppressionUpload.State
pytestmark = pytest.mark.django_db


def url(name: str, *args: object) -> str:
    return reverse(f"admin:exports_suppression_{name}", args=args)


def read(content: bytes) -> list[tuple[int, str]]:
    return list(addresses_in(io.BytesIO(content)))


def upload(client, content: bytes, name: str = "opt-outs.csv", connection: object = "all") -> SuppressionUpload:
    file = SimpleUploadedFile(name, content)
    client.post(url("upload"), {"file": file, "connection": connection, "reason": "From the old system"})
    return SuppressionUpload.objects.get()


def workbook(*rows: list[str]) -> bytes:
    from openpyxl import Workbook

    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"a@x.example\n\nnobody\nB@x.example\n",
        b"Email\r\na@x.example\r\nnobody\r\nb@x.example",
        "\ufeffname;E-mail\nÄnne;a@x.example\n\nBen;nobody\nBen;b@x.example\n".encode(),
        "name\temail\nÄ\ta@x.example\nx\tnobody\nx\tb@x.example\n".encode("utf-16"),
        workbook(["No", "邮箱"], ["1", "a@x.example"], ["2", "nobody"], ["3", " B@X.example "]),
    ],
    ids=["text", "one column", "several columns", "utf-16", "workbook"],
)
def test_files_of_many_kinds_are_read(content):
    assert [address for _line, address in read(content)] == ["a@x.example", "", "b@x.example"]


def test_lines_are_counted_as_an_editor_counts_them():
    assert read(b"email\n\na@x.example\n\nnobody\n") == [(3, "a@x.example"), (5, "")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name;city\nAna;Paris\n", "none of them is called Email"),
        (b"\n\n", "nothing in the file"),
        (b"email\n\n", "nothing in the file"),
        (b'email\na@x.example\n"b@x.example\nc@x.example\n', "can't be read from line 3 on"),
        (b'email\n"' + b"x\n" * 200, "can't be read from line 2 on"),
        (b"PK\x03\x04 no workbook", "workbook"),
    ],
)
def test_what_is_no_file_of_addresses_is_refused_with_a_sentence(content, words, alice_client):
    file = SimpleUploadedFile("a.csv", content)
    page = alice_client.post(url("upload"), {"file": file, "connection": "all", "reason": "x"}).content.decode()

    assert words in page.replace("&#x27;", "'")
    assert not SuppressionUpload.objects.exists()
    assert names_in("suppressions") == []


def test_a_file_of_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr(suppression_files, "MAX_ROWS", 2)

    with pytest.raises(FileRefusedError, match="more than 2 rows"):
        read(b"a@x.example\nb@x.example\nc@x.example\n")


def test_a_file_is_counted_first_then_added_then_taken_back(alice_client, alice):
    suppress(email="there@x.example", connection=None, reason="By phone", by=alice)
    content = b"email\na@x.example\nA@x.example\nthere@x.example\nnobody\nb@x.example\n"

    counted = upload(alice_client, content)
    page = alice_client.get(url("upload_show", counted.pk)).content.decode()

    assert (counted.new, counted.present, counted.repeated, counted.invalid) == (2, 1, 1, 1)
    assert counted.invalid_lines == [5]
    assert "in line 5" in page
    assert "Suppress 2 addresses" in page
    assert Suppression.objects.count() == 1  # nobody yet

    alice_client.post(url("upload_add", counted.pk))
    assert "data-poll" in alice_client.get(url("upload_show", counted.pk)).content.decode()
    add_suppressions(counted.pk)
    add_suppressions(counted.pk)  # the message comes twice

    counted.refresh_from_db()
    assert (counted.state, counted.added, counted.file) == (State.ADDED, 2, "")
    assert names_in("suppressions") == []
    rows = Suppression.objects.filter(upload=counted).order_by("email")
    assert [row.email for row in rows] == ["a@x.example", "b@x.example"]
    assert {(row.reason, row.created_by, row.kind) for row in rows} == {("From the old system", alice, "address")}
    assert set(alice_client.get(url("changelist"), {"upload": counted.pk}).context["shown"]) == set(rows)

    alice_client.post(url("upload_remove", counted.pk), {"reason": "The wrong file"})
    assert {row.removed_reason for row in rows.all()} == {"The wrong file"}
    assert Suppression.objects.active().count() == 1


def test_a_killed_worker_is_followed_by_one_that_goes_on_where_it_was(alice_client, alice, monkeypatch):
    monkeypatch.setattr(suppression_uploads, "PIECE", 2)
    counted = upload(alice_client, b"\n".join(b"p%d@x.example" % number for number in range(7)))
    suppression_uploads.add(counted, by=alice)

    class KilledError(BaseException):
        pass

    create = Suppression.objects.bulk_create
    calls = []

    def dies(*args, **kwargs):
        calls.append(1)
        if len(calls) == 3:
            raise KilledError
        return create(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(type(Suppression.objects), "bulk_create", lambda self, *a, **k: dies(*a, **k))
        with pytest.raises(KilledError):
            add_suppressions(counted.pk)
    counted.refresh_from_db()
    assert counted.added == Suppression.objects.count() == 4
    assert list(suppression_uploads.left_behind(timezone.now())) == []
    assert list(suppression_uploads.left_behind(timezone.now() + timedelta(minutes=2))) == [counted.pk]

    add_suppressions(counted.pk)

    counted.refresh_from_db()
    assert counted.state == State.ADDED
    assert Suppression.objects.count() == 7


def test_a_file_that_is_gone_fails_with_a_sentence(alice_client, alice):
    counted = upload(alice_client, b"a@x.example\n")
    suppression_uploads.add(counted, by=alice)
    default_storage.save("kept/other", io.BytesIO(b"so that the storage is not empty"))
    default_storage.delete(counted.file)

    add_suppressions(counted.pk)

    page = alice_client.get(url("upload_show", counted.pk)).content.decode()
    assert "can't be added" in page.replace("&#x27;", "'")
    assert "Upload the file again" in page


def test_what_is_never_added_is_forgotten_after_a_day(alice_client, alice):
    counted = upload(alice_client, b"a@x.example\n")
    suppression_uploads.sweep_suppression_uploads()
    assert names_in("suppressions") == [counted.file]

    SuppressionUpload.objects.update(created_at=timezone.now() - timedelta(days=2))
    suppression_uploads.sweep_suppression_uploads()

    counted.refresh_from_db()
    assert counted.state == State.DISCARDED
    assert names_in("suppressions") == []
    assert not suppression_uploads.add(counted, by=alice)


def test_a_file_is_discarded_by_hand(alice_client):
    counted = upload(alice_client, b"a@x.example\n")

    alice_client.post(url("upload_drop", counted.pk))

    assert names_in("suppressions") == []
    assert not Suppression.objects.exists()


def test_a_contributor_uploads_for_their_connection_and_nobody_else_sees_it(bob_client, dave_client, connection, bob):
    connection.chosen_contributors.set([bob])
    type(connection).objects.filter(pk=connection.pk).update(sharing="chosen")

    counted = upload(bob_client, b"a@x.example\n", connection=connection.pk)
    bob_client.post(url("upload_add", counted.pk))
    add_suppressions(counted.pk)

    assert Suppression.objects.get().connection == connection
    assert dave_client.get(url("upload_show", counted.pk)).status_code == 403
    assert bob_client.post(url("upload_remove", counted.pk), {"reason": "x"}).status_code == 403
