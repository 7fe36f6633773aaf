"""The pages about segments: build, count, look, delete."""

import json

import pytest
from auditlog.models import LogEntry
from django.urls import reverse

from exports.models import Export
from segments.evaluations.lifecycle import evaluate_now
from segments.models import Evaluation, Segment, everybody
from segments.tasks import evaluate_segment

LIST = reverse("admin:segments_segment_changelist")
ADD = reverse("admin:segments_segment_add")
INSPECT = reverse("admin:segments_segment_inspect")

GERMANY = {"attribute": "country", "operator": "equals", "value": "germany", "ignore_case": True}


def url(name, segment):
    return reverse(f"admin:segments_segment_{name}", args=[segment.pk])


def filled(source, rules=None, /, **fields):
    rules = {"op": "and", "rules": [GERMANY]} if rules is None else rules
    return {"name": "Germans", "description": "", "source": source.pk, "rules": json.dumps(rules), "seen": "", **fields}


def text_of(answer):
    return answer.content.decode()


def work():
    """What a worker does with the evaluations that wait."""
    for pk in Evaluation.objects.filter(status="queued").values_list("pk", flat=True):
        evaluate_segment(pk)


def test_a_contributor_runs_a_segment_and_reads_its_size(bob, bob_client, people):
    answer = bob_client.post(ADD, filled(people), follow=True)
    assert "The segment “Germans” is saved. Its members are being counted." in text_of(answer)
    assert "data-progress" in text_of(answer)
    work()

    segment = Segment.objects.get()
    evaluation = segment.evaluations.get()
    assert (segment.member_count, segment.created_by, segment.state, segment.type) == (1, bob, "active", "dynamic")
    assert (evaluation.trigger, evaluation.started_by) == ("run", bob)
    assert segment.rules == {"op": "and", "rules": [GERMANY]}
    assert "data-progress" not in text_of(bob_client.get(url("change", segment)))


def test_a_draft_is_saved_without_being_run(bob_client, people):
    answer = bob_client.post(ADD, filled(people, draft="1"), follow=True)

    segment = Segment.objects.get()
    assert (segment.state, Evaluation.objects.count()) == ("inactive", 0)
    assert "is saved as a draft" in text_of(answer)
    assert "This segment is inactive." in text_of(answer)


def test_running_a_draft_activates_it(bob_client, people):
    bob_client.post(ADD, filled(people, draft="1"))
    segment = Segment.objects.get()

    bob_client.post(url("edit", segment), filled(people, seen=segment.updated_at.isoformat()))
    work()

    segment.refresh_from_db()
    assert (segment.state, segment.member_count) == ("active", 1)


def test_what_is_active_does_not_become_a_draft_by_a_form_of_the_past(bob_client, americans):
    form = filled(americans.source, seen=americans.updated_at.isoformat(), draft="1")

    bob_client.post(url("edit", americans), form)

    americans.refresh_from_db()
    assert americans.state == "active"


def test_the_members_of_one_source_are_never_taken_for_those_of_another(bob_client, americans, make_source):
    Segment.objects.update(type="static")
    evaluate_now(Segment.objects.get(), trigger="refresh")
    others = make_source("id,country\n1,Germany\n2,Germany\n", name="Others")
    form = filled(others, name="Americans", seen=americans.updated_at.isoformat())

    bob_client.post(url("edit", americans), form)

    americans.refresh_from_db()
    assert (americans.source, americans.kept_members) == (others, "")
    work()
    americans.refresh_from_db()
    assert americans.member_count == 2


def test_no_conditions_make_a_segment_of_everybody(bob_client, people):
    bob_client.post(ADD, filled(people, everybody()))
    work()

    assert Segment.objects.get().member_count == 5


def test_rules_are_combined(bob_client, people):
    step = {"operation": "except", "op": "and", "rules": [GERMANY]}

    bob_client.post(ADD, filled(people, {**everybody(), "then": [step]}))
    work()

    segment = Segment.objects.get()
    assert segment.member_count == 4
    page = text_of(bob_client.get(url("change", segment)))
    assert "Rule 1:" in page
    assert "Except rule 2:" in page
    assert "All profiles except country is “germany” (ignoring case)" in text_of(bob_client.get(LIST))


def test_a_segment_is_changed_and_counted_anew(bob_client, americans):
    form = filled(
        americans.source, {"op": "or", "rules": [GERMANY]}, name="Germans", seen=americans.updated_at.isoformat()
    )

    bob_client.post(url("edit", americans), form)
    work()

    americans.refresh_from_db()
    assert (americans.name, americans.member_count, americans.rules["op"]) == ("Germans", 1, "or")


def test_wrong_conditions_are_explained_where_they_are_and_kept(bob_client, people):
    rules = {"op": "and", "rules": [GERMANY, {"attribute": "orders", "operator": "equals", "value": "many"}]}

    answer = bob_client.post(ADD, filled(people, rules))

    assert not Segment.objects.exists()
    page = text_of(answer)
    assert "The segment is not saved yet." in page
    assert answer.context["problems"] == [
        {
            "rule": 0,
            "path": (1,),
            "text": "“many” is not a number. Write it with digits and at most one point, for example 19.90.",
        }
    ]
    assert json.loads(answer.context["form"]["rules"].value()) == rules


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Enter a name."),
        ({"source": ""}, "Choose a profile source."),
        ({"source": "999999"}, "Choose a profile source."),
        ({"rules": ""}, "The conditions were not received."),
        ({"rules": "{"}, "The conditions were not received."),
        ({"rules": json.dumps({"op": "and", "rules": [GERMANY] * 201})}, "A segment can have up to 200 conditions."),
    ],
)
def test_what_is_wrong_is_shown_on_the_page(bob_client, people, fields, said):
    answer = bob_client.post(ADD, filled(people, **fields))

    assert said in text_of(answer)
    assert not Segment.objects.exists()


def test_a_name_that_is_taken_is_refused(bob_client, americans):
    answer = bob_client.post(ADD, filled(americans.source, name="Americans"))

    assert "Another segment has this name already." in text_of(answer)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(bob_client, americans):
    form = filled(americans.source, seen=americans.updated_at.isoformat())
    americans.description = "changed"
    americans.save()

    answer = bob_client.post(url("edit", americans), form)

    assert "Somebody else changed this segment in the meantime." in text_of(answer)
    americans.refresh_from_db()
    assert americans.name == "Americans"


def test_a_segment_whose_profiles_cannot_be_read_is_saved_and_shows_that(bob_client, people):
    people.snapshot = "sources/0/gone.parquet"
    people.save()

    bob_client.post(ADD, filled(people))
    work()

    segment = Segment.objects.get()
    assert segment.member_count is None
    page = text_of(bob_client.get(url("change", segment)))
    assert page.count("be read from the storage") == 2  # above, and in the history


def test_a_segment_that_no_longer_fits_can_still_be_opened(bob_client, carol_client, make_source, americans):
    make_source("id,email\n1,a@example.com\n", name="People")

    assert "no attribute “country”" in text_of(carol_client.get(url("change", americans)))
    assert bob_client.get(url("edit", americans)).status_code == 200
    assert "no attribute “country”" in text_of(carol_client.get(url("members", americans)))
    assert bob_client.get(LIST).status_code == 200


def test_the_source_is_chosen_where_there_is_only_one(bob_client, people, make_source):
    assert bob_client.get(ADD).context["form"]["source"].value() == people.pk

    others = make_source("id\n1\n", name="Others")

    assert bob_client.get(ADD).context["form"]["source"].value() is None
    assert bob_client.get(ADD, {"source": others.pk}).context["form"]["source"].value() == str(others.pk)


def test_without_profiles_the_page_shows_what_to_do_first(bob_client):
    assert "Upload a CSV file of them first." in text_of(bob_client.get(ADD))


def test_the_builder_learns_what_conditions_can_be_about(bob_client, people):
    told = bob_client.get(reverse("admin:segments_segment_attributes", args=[people.pk])).json()

    assert told["profiles"] == 5
    assert told["attributes"][3] == {
        "name": "country",
        "type": "text",
        "label": "Text",
        "values": list(people.attribute("country").values),
    }


def ask(client, asked):
    asked = {"page": "p", "number": 1, **asked} if isinstance(asked, dict) else asked
    return client.post(INSPECT, json.dumps(asked), content_type="application/json")


def test_rules_are_counted_and_some_members_shown_while_one_builds(bob_client, people):
    told = ask(bob_client, {"source": people.pk, "rules": {"op": "and", "rules": [GERMANY]}}).json()

    assert (told["count"], told["profiles"], told["rules"]) == (1, 5, [{"alone": 1, "soFar": 1}])
    assert told["attributes"] == ["id", "country", "email", "name", "postal_code", "orders"]
    assert told["rows"] == [["4", "Germany", None, "Dora", None, "1"]]


def test_each_rule_is_counted_alone_and_with_those_before(bob_client, people):
    steps = [
        {"operation": "except", "op": "and", "rules": [GERMANY]},
        {"operation": "intersect", "op": "and", "rules": [{"attribute": "vip", "operator": "isNotNull"}]},
        {"operation": "union", "op": "and", "rules": [GERMANY]},
    ]

    told = ask(bob_client, {"source": people.pk, "rules": {**everybody(), "then": steps}}).json()

    assert [(rule["alone"], rule["soFar"]) for rule in told["rules"]] == [(5, 5), (1, 4), (4, 4), (1, 5)]
    assert told["count"] == 5
    assert len(told["rows"]) == 5


def test_a_look_at_profiles_while_building_is_in_the_audit_trail_once(bob_client, people):
    for number in (1, 2, 3):
        ask(bob_client, {"source": people.pk, "rules": everybody(), "number": number})

    seen = [entry for entry in LogEntry.objects.all() if (entry.additional_data or {}).get("event") == "saw_sample"]
    assert [(entry.object_repr, entry.actor.username) for entry in seen] == [("People", "bob")]


def test_conditions_that_are_not_complete_are_no_error(bob_client, people):
    rules = {"op": "and", "rules": [{"attribute": "country", "operator": "equals", "value": ""}]}

    assert ask(bob_client, {"source": people.pk, "rules": rules}).json() == {"incomplete": True}


def test_profiles_that_cannot_be_read_are_a_sentence(bob_client, people):
    people.snapshot = "sources/0/gone.parquet"
    people.save()

    assert "can't be read" in ask(bob_client, {"source": people.pk, "rules": everybody()}).json()["problem"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        [],
        "x",
        {"source": "x", "rules": {}},
        {"source": None, "rules": {}},
        {"source": 1, "rules": {}, "number": "x"},
        {"source": 1, "rules": {}, "page": "a b"},
    ],
)
def test_nonsense_is_answered_without_a_crash(bob_client, people, asked):
    assert ask(bob_client, asked).status_code == 400


def test_counting_changes_nothing(bob_client, americans):
    ask(bob_client, {"source": americans.source.pk, "rules": everybody()})

    americans.refresh_from_db()
    assert americans.member_count is None
    assert not Evaluation.objects.exists()


def test_the_first_members_are_shown_with_all_they_have(carol_client, americans):
    page = text_of(carol_client.get(url("members", americans)))

    assert "Ann" in page
    assert "Ben" in page
    assert "Dora" not in page
    assert "All 2 members" in page


def test_a_segment_without_members_shows_that(carol_client, people):
    rules = {"op": "and", "rules": [{"attribute": "name", "operator": "equals", "value": "Nobody"}]}
    segment = Segment.objects.create(name="None", source=people, rules=rules)

    assert "No profile meets the conditions." in text_of(carol_client.get(url("members", segment)))


def test_counting_again_is_a_post(bob_client, americans):
    bob_client.get(url("refresh", americans))
    americans.refresh_from_db()
    assert americans.member_count is None

    bob_client.post(url("refresh", americans))
    work()

    americans.refresh_from_db()
    assert americans.member_count == 2
    assert americans.evaluations.get().trigger == "refresh"


def test_the_list_shows_conditions_in_words_and_finds_segments(bob_client, americans):
    bob_client.post(url("refresh", americans))
    work()

    page = text_of(bob_client.get(LIST))

    assert "country is “United States” (ignoring case)" in page
    assert f'href="{url("members", americans)}">2</a>' in page
    assert bob_client.get(LIST, {"q": "americ"}).context["cl"].result_count == 1
    assert bob_client.get(LIST, {"q": "germ"}).context["cl"].result_count == 0


def test_an_empty_list_shows_what_to_do_next(bob_client, carol_client):
    assert f'href="{ADD}"' in text_of(bob_client.get(LIST))
    assert f'href="{ADD}"' not in text_of(carol_client.get(LIST))


def test_a_segment_in_an_export_is_not_deleted_and_the_export_is_named(bob_client, americans):
    export = Export.objects.create(name="Newsletter", list_id="x")
    export.segments.add(americans)

    assert "Newsletter" in text_of(bob_client.get(url("change", americans)))
    assert "Newsletter" in text_of(bob_client.get(url("delete", americans)))
    page = text_of(bob_client.post(url("delete", americans), follow=True))

    assert "because these use it: Newsletter." in page
    assert Segment.objects.exists()


def test_a_segment_is_deleted_after_a_question(bob_client, americans):
    bob_client.get(url("delete", americans))
    assert Segment.objects.exists()

    bob_client.post(url("delete", americans))

    assert not Segment.objects.exists()


def test_what_a_viewer_sees_is_in_words_and_offers_no_change(carol_client, americans):
    page = text_of(carol_client.get(url("change", americans)))

    assert "country is “United States” (ignoring case)" in page
    for offered in ("data-builder", "Edit", "Delete", "Deactivate", "segment-actions"):
        assert offered not in page


def test_a_value_from_the_form_is_text_on_the_page(bob_client, people):
    rules = {
        "op": "and",
        "rules": [{"attribute": "name", "operator": "equals", "value": "</script><script>alert(1)</script>"}],
    }
    answer = bob_client.post(ADD, filled(people, rules, name="<b>x</b>"), follow=True)

    assert "<script>alert(1)" not in text_of(answer)
    assert "<b>x" not in text_of(answer)
    assert "<script>alert(1)" not in text_of(bob_client.get(LIST))
