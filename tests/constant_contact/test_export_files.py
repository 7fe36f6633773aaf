"""The file of an export is read piece by piece, and never cut short in silence."""

import pytest

from constant_contact import Activity, ActivityCounters, RejectedError, UnavailableError

CSV = {"Content-Type": "text/csv"}


def export(results_url: str | None = "/v3/contact_exports/f") -> Activity:
    return Activity("a", "completed", 100, None, None, None, "", ActivityCounters(), (), results_url)


def test_the_file_behind_the_link_is_read(scripted, service):
    content = b"email address\n" + b"x" * 200_000
    service.answer(200, content, headers=CSV)

    assert b"".join(scripted.export_result(export())) == content
    assert service.asked[0].path == "/v3/contact_exports/f"


def test_a_file_cut_short_is_an_error(scripted, service):
    service.answer(200, b"email\n" * 20_000, headers=CSV, announced=500_000)

    with pytest.raises(UnavailableError):
        list(scripted.export_result(export()))


def test_a_page_of_html_is_no_file(scripted, service):
    service.answer(200, "<p>Sign in</p>", headers={"Content-Type": "text/html"})

    with pytest.raises(UnavailableError):
        list(scripted.export_result(export()))


@pytest.mark.parametrize("announced", [None, 1_000])
def test_a_file_that_is_not_there_is_refused(scripted, service, announced):
    service.answer(404, "[]", announced=announced)

    with pytest.raises((RejectedError, UnavailableError)) as caught:
        list(scripted.export_result(export()))

    assert (caught.type is RejectedError) is (announced is None)


def test_a_file_on_another_host_is_not_fetched(scripted, service):
    with pytest.raises(UnavailableError):
        list(scripted.export_result(export("https://evil.example/file")))

    assert service.asked == []


def test_an_export_without_a_file_raises(scripted):
    with pytest.raises(ValueError, match="has no file"):
        scripted.export_result(export(None))
