"""The consent attribute of an export: only whom it is true for is sent."""

import duckdb
import pytest

from exports.models import Export, Run
from exports.plan import build
from exports.plan.build import Baseline
from exports.plan.repeat import may_be_repeated
from exports.runs import start_run
from tests.exports.pages import filled_in, plain_export, plain_segment, plain_source
from tests.exports.planning import LIST_ID, Planned
from tests.plan.people_files import known, people
from tests.plan.people_files import planned as people_planned
from tests.support.fixtures_exports import (
    MAPPING,
    PEOPLE,
    make_export,
    make_segment,
    make_source,
    on_list,
    work_until_over,
)

ADD = "/admin/exports/export/add/"


def planned(tmp_path, profiles: dict[str, tuple], baseline=None, name="plan", **more) -> Planned:
    """`profiles`: key → address, first name, consent."""
    path = tmp_path / f"{name}.parquet"
    with duckdb.connect(config={"preserve_insertion_order": True}) as duck:
        duck.execute("CREATE TABLE member (profile_id VARCHAR, updated_at VARCHAR, value_0 VARCHAR, value_1 VARCHAR, consent VARCHAR)")  # fmt: skip  # noqa: E501
        duck.executemany("INSERT INTO member VALUES (?, NULL, ?, ?, ?)", [[key, *row] for key, row in profiles.items()])
        duck.execute("CREATE VIEW members AS SELECT rowid AS place, * FROM member")
        request = build.Request(
            ["members"], ["email", "first_name"], [LIST_ID], baseline, asks_consent=True, **more
        )  # fmt: skip
        return Planned(build.write_plan(duck, request, path), path)


def test_these_words_are_consent_and_nothing_else_is(tmp_path):
    yes = ["true", "TRUE", "yes", "Y", "1", "是", " Yes\u00a0"]
    no = ["false", "no", "0", "", " ", None, "否", "maybe", "1.5", "yes?", "truely", "-"]
    profiles = {str(place): (f"p{place}@example.com", "Ana", word) for place, word in enumerate(yes + no)}

    made = planned(tmp_path, profiles)

    sent = {row["profile_id"] for row in made.rows() if row["disposition"] == "send"}
    assert sent == {str(place) for place in range(len(yes))}
    assert made.made.counts == {"send": len(yes), "no_consent": len(no)}
    assert {row["reason"] for row in made.rows()} == {""}


def test_consent_is_asked_after_the_address_and_of_the_profile_that_is_kept(tmp_path):
    profiles = {
        "1": ("ana@example.com", "Ana", "no"),
        "2": ("ANA@example.com", "Twice", "yes"),  # of two that were updated at once the lowest key is kept
        "3": ("nobody", "x", "no"),
        "4": (None, "x", "no"),
    }

    made = planned(tmp_path, profiles)

    kinds = {row["profile_id"]: row["disposition"] for row in made.rows()}
    assert kinds == {"1": "no_consent", "2": "duplicate", "3": "invalid_email", "4": "no_email"}


def test_consent_changes_no_fingerprint_so_whoever_has_it_stays_unchanged(tmp_path):
    first = planned(tmp_path, {"1": ("a@x.example", "A", "yes"), "2": ("b@x.example", "B", "yes")}, name="first")
    second = planned(
        tmp_path, {"1": ("a@x.example", "A", "1"), "2": ("b@x.example", "B", "no")}, Baseline(first.path, [1])
    )
    third = planned(
        tmp_path,
        {"1": ("a@x.example", "A", "1"), "2": ("b@x.example", "B", "yes")},
        Baseline(second.path, []),
        name="third",
    )

    assert second.made.counts == {"unchanged": 1, "no_consent": 1}
    assert third.made.counts == {"unchanged": 1, "send": 1}
    with duckdb.connect() as duck:
        assert may_be_repeated(duck, second.path, people(tmp_path))


def test_who_is_suppressed_is_said_to_be_so_before_consent_is_asked(tmp_path):
    def stage(duck, emails):
        duck.execute("CREATE OR REPLACE TEMP TABLE suppressed AS SELECT 'a@x.example' AS email, 'then 5' AS reason")

    told = build.People(stage_suppressed=stage)
    made = planned(
        tmp_path, {"1": ("A@x.example", "A", "no"), "2": ("b@x.example", "B", "no")}, people=told
    )  # fmt: skip

    assert made.disposition_of("1") == ("suppressed", "then 5")
    assert made.disposition_of("2") == ("no_consent", "")


def test_a_new_address_of_somebody_whose_former_one_is_suppressed_is_not_sent_either(tmp_path):
    def stage(duck, emails):
        query = f"SELECT email, 'then 5' AS reason FROM {emails} WHERE email = 'old@example.com'"
        duck.execute(f"CREATE OR REPLACE TEMP TABLE suppressed AS {query}")

    roster = [known("old@example.com", profile_id="1")]
    told = people(tmp_path, roster, stage_suppressed=stage)

    made = people_planned(tmp_path, {"1": "new@example.com", "2": "ben@example.com"}, told)

    assert made.disposition_of("1") == ("address_changed", "suppressed old@example.com")
    assert made.disposition_of("2") == ("send", "")


@pytest.fixture
def asking(sandbox, connection, list_id, tmp_path) -> Export:
    """An export of the people of France that asks for consent, which Ben did not give."""
    agreed = [{**person, "agreed": "no" if person["id"] == "2" else "yes"} for person in PEOPLE]
    return make_export(connection, list_id, make_segment(make_source(tmp_path, agreed)), consent_attribute="agreed")


def test_a_run_sends_only_who_agreed_and_is_not_suppressed(asking, sandbox, list_id, alice, alice_client):
    from exports.editing.suppressing import suppress

    row = suppress(email="chen@example.com", connection=None, reason="Asked by phone", by=alice)

    run = work_until_over(start_run(asking, by=alice, trigger=Run.Trigger.ON_DEMAND)[0])

    assert on_list(sandbox, list_id) == {"ana@example.com"}
    assert run.counts["no_consent"] == run.counts["suppressed"] == 1
    again = work_until_over(start_run(asking, by=alice, trigger=Run.Trigger.ON_DEMAND)[0])
    assert again.counts["unchanged"] == 1
    type(row).objects.filter(pk=row.pk).update(removed_at=run.queued_at, removed_reason="A mix-up")
    released = work_until_over(start_run(asking, by=alice, trigger=Run.Trigger.ON_DEMAND)[0])
    assert released.counts["send"] == 1
    assert on_list(sandbox, list_id) == {"ana@example.com", "chen@example.com"}

    def said(of: Run, who: str) -> str:
        return alice_client.post(f"/admin/exports/run/{of.pk}/person/", {"person": who}).content.decode()

    assert "does not say that this person agreed" in said(run, "ben@example.com")
    assert "That was removed meanwhile" in said(run, "chen@example.com")
    type(row).objects.filter(pk=row.pk).update(removed_at=None, removed_reason="")
    assert "suppressed here by alice" in said(run, "chen@example.com")


def test_the_form_offers_booleans_first_and_saves_the_choice(alice_client, connection, list_id, carol_client):
    source = plain_source(attributes=("id", "email", "city"))
    source.columns.append({**source.columns[-1], "name": "agreed", "type": "boolean"})
    source.save()
    segment = plain_segment(source=source)
    page = alice_client.get(ADD).content.decode().partition('name="consent_attribute"')[2]
    assert 0 < page.index('value="agreed"') < page.index('value="city"')

    data = filled_in(connection, list_id, segment, rows=[])
    alice_client.post(ADD, {**data, "consent_attribute": "agreed"})
    export = Export.objects.get()
    assert export.consent_attribute == "agreed"
    assert "agreed: only people are sent for whom it is true" in carol_client.get(
        f"/admin/exports/export/{export.pk}/change/"
    ).content.decode()  # fmt: skip

    def save(**changes: str) -> str:
        export.refresh_from_db()
        seen = export.updated_at.isoformat()
        alice_client.post(f"/admin/exports/export/{export.pk}/change/", {**data, "seen": seen, **changes})
        export.refresh_from_db()
        return export.consent_attribute

    assert save() == "agreed"  # by a client that does not know the field
    assert save(consent_attribute="gone") == "agreed"
    assert save(consent_attribute="") == ""


def test_every_source_of_the_segments_must_have_the_attribute(alice_client, connection, list_id):
    with_it = plain_segment("France", plain_source("Here", ("id", "email", "first_name", "agreed")))
    without = plain_segment("Japan", plain_source("There", ("id", "email", "first_name")))

    answer = alice_client.post(
        ADD, {**filled_in(connection, list_id, with_it, without), "consent_attribute": "agreed"}
    )  # fmt: skip

    assert not Export.objects.exists()
    assert "“Japan” have no attribute “agreed”" in answer.content.decode()


def test_without_the_attribute_in_the_post_a_new_export_asks_nobody(alice_client, connection, list_id):
    alice_client.post(ADD, filled_in(connection, list_id, plain_segment()))

    assert Export.objects.get().consent_attribute == ""
    assert plain_export(connection, list_id, name="Other", mapping=MAPPING).consent_attribute == ""
