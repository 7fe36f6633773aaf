"""Undoing a run, as people do it: the page of the run, the question, and what came of it."""

from tests.people.listed import put_on_list, utc_now, write_roster
from tests.people.test_undo import ended_run, row, sent
from tests.support.browser import PHONE, be, choose_language, picture, sideways_overflow
from tests.support.fixtures_exports import on_list, work_until_over


def test_run_is_undone_from_its_page_in_both_languages(page, live_server, alice, export, sandbox, list_id):
    run = ended_run(export, sent("ann@example.com", "bob@example.com"))
    ids = put_on_list(sandbox, list_id, "ann@example.com", "bob@example.com")
    everybody = [row(run, "ann@example.com", ids[0]), row(run, "bob@example.com", ids[1])]
    write_roster(export, [{**each, "confirmed": utc_now()} for each in everybody])
    be(page, live_server.url, alice)
    page.goto(f"{live_server.url}/admin/exports/run/{run.pk}/change/")
    page.get_by_role("link", name="Undo this run").click()
    page.get_by_text("Messages that were already sent stay sent.").wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert sideways_overflow(page) == 0
        picture(page, f"undo-{scheme}")
    choose_language(page, "简体中文")
    picture(page, "undo-zh")
    page.locator("form.cc-actions .cc-button--danger").click()
    page.wait_for_url("**/change/")
    undo = work_until_over(export.runs.get(undoes=run))
    assert on_list(sandbox, list_id) == set()
    page.reload()
    picture(page, "undone-zh")
    choose_language(page, "English")
    page.get_by_text("2 people were taken off the list.").wait_for()
    picture(page, "undone-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    for name, address in {"undone": undo.pk, "undo": f"{run.pk}"}.items():
        page.goto(f"{live_server.url}/admin/exports/run/{address}/{'change' if name == 'undone' else 'undo'}/")
        assert sideways_overflow(page) == 0
        picture(page, f"{name}-phone")
