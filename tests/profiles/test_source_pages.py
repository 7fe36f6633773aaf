"""The pages about profile sources: upload, look, rename, delete."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from profiles.imports.lifecycle import claim_import
from profiles.models import ProfileImport, ProfileSource
from profiles.tasks import import_profiles
from segments.models import Segment
from tests.profiles.pages import url
from tests.support.fixtures_profiles import PEOPLE

LIST = reverse("admin:profiles_profilesource_changelist")
ADD = reverse("admin:profiles_profilesource_add_file")
COLUMNS = reverse("admin:profiles_profilesource_columns")


def upload(content=PEOPLE, **fields):
    file = SimpleUploadedFile("people.csv", content if isinstance(content, bytes) else content.encode())
    return {"name": "People", "file": file, "key_attribute": "id", "updated_attribute": "", **fields}


def test_a_contributor_makes_a_source_out_of_a_file(bob, bob_client, django_capture_on_commit_callbacks):
    answer = bob_client.post(ADD, upload(updated_attribute="updated"))

    source = ProfileSource.objects.get()
    assert answer.headers["Location"] == url("change", source)
    assert source.created_by == bob
    with django_capture_on_commit_callbacks(execute=True):
        import_profiles(source.imports.get().pk)
    page = bob_client.get(url("change", source)).content.decode()
    assert "postal_code" in page
    assert "a…@example.com" in page
    assert "Uploaded by" in page


def test_a_large_file_goes_through_the_disk(bob_client, tmp_path):
    rows = "".join(f"{number},person{number}@example.com\n" for number in range(120_000))  # beyond what stays in memory

    bob_client.post(ADD, upload(f"id,email\n{rows}"))

    job = ProfileImport.objects.get()
    import_profiles(job.pk)
    job.refresh_from_db()
    assert (job.state, job.row_count) == ("done", 120_000)


def test_the_script_gets_the_address_to_go_to(bob_client):
    answer = bob_client.post(ADD, upload(), headers={"X-Requested-With": "XMLHttpRequest"})

    assert answer.json() == {"location": url("change", ProfileSource.objects.get())}


def test_the_script_gets_what_is_wrong_field_by_field(bob_client):
    answer = bob_client.post(ADD, upload("id,Id\n1,2\n", name=""), headers={"X-Requested-With": "XMLHttpRequest"})

    errors = answer.json()["errors"]
    assert errors["name"] == ["Enter a name."]
    assert errors["file"][0].startswith("These column names occur more than once: id, Id.")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Enter a name."),
        ({"key_attribute": ""}, "Choose the column that is different for every customer."),
        ({"key_attribute": "nope"}, "The file has no column “nope”."),
        ({"updated_attribute": "nope"}, "The file has no column “nope”."),
        ({"file": ""}, "Choose a CSV, Excel or Parquet file."),
        ({"file": SimpleUploadedFile("empty.csv", b"")}, "The file is empty. Choose another one."),
        ({"file": SimpleUploadedFile("x.xlsx", b"PK\x03\x04...")}, "This is a workbook or an archive"),
        ({"file": SimpleUploadedFile("x.csv", b"1,ann@example.com\n")}, "The first line of the file holds values"),
    ],
)
def test_what_is_wrong_is_shown_on_the_page_and_nothing_is_made(bob_client, fields, said):
    answer = bob_client.post(ADD, upload(**fields))

    assert said in answer.content.decode()
    assert not ProfileSource.objects.exists()
    assert not ProfileImport.objects.exists()


def test_a_file_that_is_too_large_is_refused(bob_client, settings):
    settings.SOURCE_MAX_BYTES = 20

    assert "The file is larger than 20" in bob_client.post(ADD, upload()).content.decode()


def test_a_name_that_is_taken_is_refused(bob_client, people):
    assert "Another profile source has this name already." in bob_client.post(ADD, upload()).content.decode()


def test_the_beginning_of_a_file_shows_its_columns_before_it_travels(bob_client):
    head = "customer_id;email;Ort;updated_at\n1;a@b.co;Köln;2026-01-01\n2;b@b.co;Bonn;\n".encode("windows-1252")

    answer = bob_client.post(COLUMNS, head, content_type="application/octet-stream")

    assert answer.json() == {
        "names": ["customer_id", "email", "Ort", "updated_at"],
        "rows": [["1", "a@b.co", "Köln", "2026-01-01"], ["2", "b@b.co", "Bonn", ""]],
        "recognised": "The file does not say how its letters are stored. Do names and towns look right here? They are "
        "read as Western European (Windows-1252), the most likely way.",
        "encoding": "windows-1252",
        "proposal": "windows-1252",
        "encodings": True,
        "key": "customer_id",
        "updated": "updated_at",
    }


def test_a_beginning_that_is_no_csv_is_a_sentence(bob_client):
    answer = bob_client.post(COLUMNS, b"%PDF-1.7", content_type="application/octet-stream")

    assert answer.json()["problem"].startswith("This is not a CSV file.")


def test_a_new_file_waits_while_the_old_profiles_are_shown(bob_client, people):
    answer = bob_client.post(url("upload", people), upload("id,email\n1,x@example.com\n"))

    page = bob_client.get(answer.headers["Location"]).content.decode()
    assert "people.csv waits for a worker." in page
    assert "The previous profiles stay in use until the new ones are complete." in page
    assert "postal_code" in page
    assert bob_client.get(url("progress", people)).json()["open"] is True


def test_the_page_of_a_new_file_knows_the_key_of_before(bob_client, people):
    page = bob_client.get(url("upload", people)).content.decode()

    assert 'value="id"' in page
    assert 'value="updated"' in page


def test_progress_is_shown_while_a_worker_imports(bob_client, people):
    bob_client.post(url("upload", people), upload())
    job = claim_import(people.imports.first().pk)
    ProfileImport.objects.filter(pk=job.pk).update(progress=42)

    told = bob_client.get(url("progress", people)).json()

    assert "Importing people.csv" in told["html"]
    assert 'value="42"' in told["html"]


def test_a_second_file_is_refused_while_one_is_on_its_way(bob_client, people):
    bob_client.post(url("upload", people), upload())

    assert (
        "A file is being imported into “People” right now."
        in bob_client.post(url("upload", people), upload()).content.decode()
    )


def test_a_refused_file_is_explained_and_the_old_profiles_are_shown(bob_client, people):
    bob_client.post(url("upload", people), upload("id,email\n1,a@b.co\n1,c@b.co\n"))
    import_profiles(people.imports.first().pk)

    page = bob_client.get(url("change", people)).content.decode()
    assert "people.csv was not imported." in page
    assert "must be different in every row" in page
    assert "The previous profiles are still in use." in page
    assert "Last file refused" in bob_client.get(LIST).content.decode()
    assert bob_client.get(url("progress", people)).json() == {"open": False}


def test_what_should_be_known_about_a_file_is_shown(bob_client, make_source):
    source = make_source("id,name\n1,Ann\n")

    assert "No column looks like email addresses." in bob_client.get(url("change", source)).content.decode()


def test_the_list_shows_every_source_and_finds_one(bob_client, people, make_source):
    make_source("id\n1\n", name="Others")

    assert {"People", "Others"} <= set(bob_client.get(LIST).content.decode().replace("<", ">").split(">"))
    assert ">Others<" not in bob_client.get(LIST, {"q": "peop"}).content.decode()


def test_an_empty_list_shows_what_to_do_next(bob_client, carol_client):
    assert "Begin with a CSV file." in bob_client.get(LIST).content.decode()
    assert f'href="{reverse("admin:profiles_profilesource_add")}"' in bob_client.get(LIST).content.decode()
    assert f'href="{ADD}"' not in carol_client.get(LIST).content.decode()


def test_a_source_gets_another_name(bob_client, people):
    bob_client.post(url("change", people), {"name": "Customers"})

    people.refresh_from_db()
    assert people.name == "Customers"


def test_a_name_that_is_taken_keeps_the_old_one_on_the_page(bob_client, people, make_source):
    make_source("id\n1\n", name="Others")

    page = bob_client.post(url("change", people), {"name": "Others"}).content.decode()

    assert "Another profile source has this name already." in page
    assert '<h2 class="cc-header__title">People</h2>' in page


def test_a_source_in_use_is_not_deleted_and_its_segments_are_named(bob_client, people, americans):
    assert "Americans" in bob_client.get(url("delete", people)).content.decode()

    page = bob_client.post(url("delete", people), follow=True).content.decode()

    assert "“People” can&#x27;t be deleted, because these use it: Americans." in page
    assert ProfileSource.objects.filter(pk=people.pk).exists()


def test_a_source_is_deleted_with_its_files(bob_client, people, tmp_path, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        bob_client.post(url("delete", people))

    assert not ProfileSource.objects.exists()
    assert list((tmp_path / "files").rglob("*.parquet")) == []


def test_asking_for_the_page_deletes_nothing(bob_client, people):
    bob_client.get(url("delete", people))

    assert ProfileSource.objects.filter(pk=people.pk).exists()


def test_names_and_values_from_a_file_are_text_on_the_page(bob_client, make_source):
    source = make_source('id,"<script>alert(1)</script>"\n1,"<b>bold</b>"\n')

    page = bob_client.get(url("change", source)).content.decode()

    assert "<script>alert(1)" not in page
    assert "<b>bold" not in page


def test_what_a_viewer_sees_offers_no_change(carol_client, people):
    page = carol_client.get(url("change", people)).content.decode()

    assert "postal_code" in page
    for offered in ("Upload a new file", "Delete", '<form method="post" novalidate'):
        assert offered not in page


def test_json_of_rules_is_kept_as_it_was(people):
    rules = {"op": "or", "rules": [{"attribute": "name", "operator": "equals", "value": "Cléo", "ignore_case": False}]}
    segment = Segment.objects.create(name="x", source=people, rules=rules)

    segment.refresh_from_db()
    assert json.loads(json.dumps(segment.rules)) == rules
