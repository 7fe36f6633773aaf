"""Behaviour 35: the CSV import."""

import pytest


@pytest.fixture
def upload(sandbox, api):
    def send(text, name="people.csv", kind="text/csv", **form):
        files = {"file": (name, text, kind)}
        data = {"list_ids": sandbox.newsletter} | form
        return api.request("POST", "/activities/contacts_file_import", files=files, data=data)

    return send


@pytest.fixture
def run(sandbox, api, upload):
    def send(text, **more):
        queued = upload(text, **more)
        assert queued.status_code == 201, queued.text
        sandbox.settle()
        return api.activity(queued.json()["activity_id"])

    return send


def test_a_file_is_imported_and_counted_with_its_header(sandbox, run):  # 35, 48
    done = run("email,first_name,last_name,cf:size\nann@example.com,Ann,Lee,L\nbob@example.com,Bob,,\n")

    assert done["state"] == "completed"
    assert done["source_file_name"] == "people.csv"
    assert done["status"] == {
        "items_total_count": 3,
        "person_count": 2,
        "error_count": 0,
        "correctable_count": 0,
        "cannot_add_to_list_count": 0,
    }
    ann, bob = sandbox.members(sandbox.newsletter)
    assert (ann["email"], ann["first_name"], ann["last_name"]) == ("ann@example.com", "Ann", "Lee")
    assert "last_name" not in bob


def test_several_lists_are_separated_by_commas(sandbox, run):
    run("email\nann@example.com\n", list_ids=f"{sandbox.newsletter}, {sandbox.weekly_news}")
    assert len(sandbox.members(sandbox.weekly_news)) == 1


def test_quotes_line_breaks_and_a_byte_order_mark_are_read(sandbox, run):
    run('\ufeffemail,company_name\r\nann@example.com,"Lee, Lee\nand Sons"\r\n')
    assert sandbox.members(sandbox.newsletter)[0]["company_name"] == "Lee, Lee\nand Sons"


@pytest.mark.parametrize("text", ["", "first_name,last_name\nAnn,Lee\n"])
def test_the_header_must_have_an_address_or_a_number(upload, text):  # 35
    assert upload(text).status_code == 400


def test_only_csv_files_in_a_form_are_taken(api, upload):  # 35
    assert upload("email\n", name="people.txt").status_code == 415
    assert upload("{}", kind="application/json").status_code == 415
    assert api.post("/activities/contacts_file_import", {}).status_code == 415


@pytest.mark.parametrize(("list_ids", "status"), [("", 400), (",".join(["x"] * 51), 400), ("x", 404)])
def test_bad_list_ids_are_refused(upload, list_ids, status):  # 35
    assert upload("email\nann@example.com\n", list_ids=list_ids).status_code == status


def test_lines_after_the_limit_are_ignored(sandbox, run):  # 35
    sandbox.switch(import_rows=3)
    done = run("email\n" + "".join(f"p{number}@example.com\n" for number in range(5)))
    assert (done["status"]["items_total_count"], done["status"]["person_count"]) == (3, 2)
    assert len(sandbox.members(sandbox.newsletter)) == 2


def test_bytes_after_the_limit_are_ignored(sandbox, run):  # 35
    sandbox.switch(import_bytes=40)
    run("email\nann@example.com\nbob@example.com\ncara@example.com\n")
    assert [one["email"] for one in sandbox.members(sandbox.newsletter)] == ["ann@example.com", "bob@example.com"]
