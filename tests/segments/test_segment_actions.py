"""What is done with a segment as a whole: activate, deactivate, make static or dynamic, duplicate, download."""

import csv
import io
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from exports.models import Export
from profiles.models import ProfileSource
from segments.evaluations.lifecycle import evaluate_now
from segments.evaluations.trend import trend_of
from segments.models import Evaluation, Segment

from .test_segment_pages import LIST, text_of, url, work


def change_state(client, segment, how, method="post"):
    address = reverse("admin:segments_segment_turn", args=[segment.pk, how])
    return getattr(client, method)(address, follow=True)


def trail():
    return [(entry.additional_data or {}).get("event") or entry.changes_dict for entry in LogEntry.objects.all()]


def test_deactivating_stops_refreshes_and_names_what_is_skipped(bob_client, americans):
    Export.objects.create(name="Newsletter", list_id="x").segments.add(americans)
    bob_client.post(url("refresh", americans))

    page = text_of(change_state(bob_client, americans, "deactivate"))

    americans.refresh_from_db()
    assert (americans.state, Evaluation.objects.get().status) == ("inactive", "cancelled")
    assert "These are skipped until the segment is active again: Newsletter." in page
    assert "This segment is inactive." in page
    assert "Activate it to refresh it." in text_of(bob_client.post(url("refresh", americans), follow=True))
    assert {"state": ["active", "inactive"]} in trail()


def test_activating_evaluates_at_once(bob_client, americans):
    Segment.objects.update(state="inactive")

    change_state(bob_client, americans, "activate")
    work()

    americans.refresh_from_db()
    assert (americans.state, americans.member_count) == ("active", 2)


def test_a_static_segment_is_evaluated_when_it_becomes_one(bob_client, americans):
    change_state(bob_client, americans, "make-static")
    work()

    americans.refresh_from_db()
    assert (americans.type, americans.member_count) == ("static", 2)
    assert americans.kept_members

    change_state(bob_client, americans, "make-dynamic")
    americans.refresh_from_db()
    assert (americans.type, americans.kept_members) == ("dynamic", "")


def test_an_inactive_segment_becomes_static_without_being_evaluated(bob_client, americans):
    Segment.objects.update(state="inactive")

    change_state(bob_client, americans, "make-static")

    assert not Evaluation.objects.exists()


@pytest.mark.parametrize("how", ["activate", "deactivate", "make-static", "make-dynamic"])
def test_nothing_turns_by_a_link(bob_client, americans, how):
    Segment.objects.update(
        state="inactive" if how == "activate" else "active", type="static" if how == "make-dynamic" else "dynamic"
    )
    before = Segment.objects.values().get()

    change_state(bob_client, americans, how, method="get")

    assert Segment.objects.values().get() == before


def test_no_other_change_of_state_is_possible(bob_client, americans):
    assert change_state(bob_client, americans, "delete").status_code == 404


def test_a_duplicate_is_a_draft_with_the_same_rules(bob, bob_client, americans):
    for _time in range(2):
        answer = bob_client.post(url("duplicate", americans), follow=True)

    names = list(Segment.objects.order_by("pk").values_list("name", "state"))
    assert names == [
        ("Americans", "active"),
        ("Copy of Americans", "inactive"),
        ("Copy of Americans (2)", "inactive"),
    ]
    copy = Segment.objects.get(name="Copy of Americans (2)")
    assert (copy.rules, copy.source, copy.created_by) == (americans.rules, americans.source, bob)
    assert answer.redirect_chain[-1][0] == url("edit", copy)


def test_the_duplicate_of_a_long_name_still_has_one(bob_client, americans):
    Segment.objects.update(name="x" * 100)

    for _time in range(3):
        bob_client.post(url("duplicate", Segment.objects.first()))

    assert Segment.objects.count() == 4
    assert max(len(name) for name in Segment.objects.values_list("name", flat=True)) <= 100


def test_several_are_refreshed_at_once(bob_client, carol_client, americans):
    draft = Segment.objects.create(name="Draft", source=americans.source, state="inactive")
    ticked = {"action": "refresh_selected", "_selected_action": [americans.pk, draft.pk]}

    page = text_of(bob_client.post(LIST, ticked, follow=True))

    assert Evaluation.objects.get().segment == americans
    assert "The segment “Draft” is inactive." in page
    carol_client.post(LIST, ticked)
    assert Evaluation.objects.count() == 1


def test_the_list_shows_the_status_of_each(bob_client, people):
    for name, columns in {
        "Fresh": {},
        "Draft": {"state": "inactive"},
        "Wrong": {"rules": {"op": "and", "rules": [{"attribute": "town", "operator": "isNull"}]}},
        "Asked": {},
        "Counted": {"member_count": 1234},
    }.items():
        Segment.objects.create(name=name, source=people, **columns)
    evaluate_now(Segment.objects.get(name="Wrong"), trigger="refresh")
    Evaluation.objects.create(segment=Segment.objects.get(name="Asked"), trigger="refresh")
    Export.objects.create(name="Newsletter", list_id="x").segments.add(Segment.objects.get(name="Fresh"))

    rows = {row.name: row for row in bob_client.get(LIST).context["cl"].result_list}

    from segments.pages.badges import segment_badge

    assert {name: str(segment_badge(row).label) for name, row in rows.items()} == {
        "Fresh": "Not started",
        "Draft": "Skipped",
        "Wrong": "Failed",
        "Asked": "Queued",
        "Counted": "Successful",
    }
    assert {name: row.use_count for name, row in rows.items() if row.use_count} == {"Fresh": 1}
    page = text_of(bob_client.get(LIST))
    assert "1,234" in page
    assert "1 export" in page


def test_the_list_asks_the_database_as_often_for_many_as_for_few(bob_client, americans, django_assert_max_num_queries):
    for number in range(20):
        Segment.objects.create(name=f"S{number}", source=americans.source)

    with django_assert_max_num_queries(15):
        bob_client.get(LIST)


def test_all_members_are_downloaded_with_what_the_source_says_of_them(carol_client, people):
    segment = Segment.objects.create(name="Everybody, really!", source=people)

    answer = carol_client.get(url("download", segment))

    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows[0] == ["id", "email", "name", "country", "postal_code", "orders", "spent", "born", "updated", "vip"]
    assert [row[0] for row in rows[1:]] == ["1", "2", "3", "4", "5"]
    assert rows[1][4:7] == ["01234", "3", "19.90"]
    assert rows[4][6] == "-3.25"  # a number is no formula
    assert answer["Content-Disposition"] == f'attachment; filename="everybody-really-{segment.pk}.csv"'
    assert "downloaded_members" in trail()


def test_members_are_downloaded_while_the_columns_of_a_changed_table_are_not_known_yet(
    carol_client, sqlite, sqlite_source
):
    sqlite.execute("CREATE TABLE people (id integer PRIMARY KEY, town text, country text)")
    sqlite.execute("INSERT INTO people VALUES (1, 'Lyon', 'France'), (2, 'Ulm', 'Germany')")
    segment = Segment.objects.create(name="All", source=sqlite_source("people"))
    sqlite.execute("ALTER TABLE people DROP COLUMN town")
    sqlite.execute("ALTER TABLE people ADD COLUMN number text")
    sqlite.execute("UPDATE people SET number = 10 - id")
    ProfileSource.objects.update(key_attribute="number")

    answer = carol_client.get(url("download", segment))

    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows == [["id", "country"], ["2", "Germany"], ["1", "France"]]


def test_a_download_that_cannot_be_made_is_a_sentence(carol_client, americans):
    Segment.objects.update(type="static")

    page = text_of(carol_client.get(url("download", americans), follow=True))

    assert "are not known yet" in page
    assert "downloaded_members" not in trail()


def test_what_a_spreadsheet_would_run_is_only_text(carol_client, make_source):
    source = make_source('id,name\n1,"=HYPERLINK(""http://x"")"\n2,+49 170 1\n')

    answer = carol_client.get(url("download", Segment.objects.create(name="S", source=source)))

    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [row[1][0] for row in rows[1:]] == ["'", "'"]


def test_the_page_has_the_history_with_its_reasons(carol_client, americans, bob):
    evaluate_now(americans, trigger="run", by=bob)
    Segment.objects.update(rules={"op": "and", "rules": [{"attribute": "town", "operator": "isNull"}]})
    evaluate_now(Segment.objects.get(), trigger="system")

    page = text_of(carol_client.get(url("change", americans)))

    assert "no attribute “town”" in page
    assert page.index("System refresh") < page.index("Successful")
    assert "· bob" in page.replace("</span>", "").replace('<span class="cc-subtle">', "")


def counted(segment, days_ago, count):
    moment = timezone.now() - timedelta(days=days_ago)
    Evaluation.objects.create(
        segment=segment, trigger="refresh", status="succeeded", finished_at=moment, member_count=count
    )


def test_the_trend_has_the_last_number_of_each_day_and_goes_on_where_nobody_counted(americans):
    for days_ago, count in ((40, 7), (5, 100), (5, 120), (2, 0)):
        counted(americans, days_ago, count)

    week, month = trend_of(americans, 7), trend_of(americans, 30)

    assert [count for _day, count in week.days] == [7, 120, 120, 120, 0, 0, 0]
    assert (week.low, week.high, len(month.days)) == (0, 120, 30)
    assert month.days[0][1] == 7


def test_before_the_first_number_the_trend_is_empty(americans, carol_client):
    assert trend_of(americans, 7) is None
    counted(americans, 1, 10)
    assert [count for _day, count in trend_of(americans, 7).days] == [None] * 5 + [10, 10]
    for days in ("7", "30", "180", "x"):
        assert "cc-trend" in text_of(carol_client.get(url("change", americans), {"days": days}))


def test_the_state_of_an_open_evaluation_is_returned_to_the_script(carol_client, americans):
    assert carol_client.get(url("status", americans)).json() == {"open": False}
    Evaluation.objects.create(segment=americans, trigger="refresh")

    told = carol_client.get(url("status", americans)).json()

    assert told["open"]
    assert "Queued" in told["html"]
