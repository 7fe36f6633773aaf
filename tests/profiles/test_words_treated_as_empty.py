"""Words that programs write for "nothing" count as empty in a column once somebody says so on the source page."""

import json

import duckdb
import pytest
from auditlog.models import LogEntry
from django.contrib.admin.models import LogEntry as History
from django.urls import reverse

from ccexport.audit.sentences import sentences_of
from engine.sessions import open_engine
from profiles.attributes import Attribute
from profiles.empty_words import EMPTY_WORDS
from profiles.imports.lifecycle import import_now
from profiles.models import ProfileImport, ProfileSource
from segments.members.membership import identity_of
from segments.members.query import count_rules, read_members, sample_members, stage_members
from segments.models import Evaluation, Segment, everybody
from tests.profiles.pages import url

pytestmark = pytest.mark.django_db
NAMES = "id,email,first,age\n1,a@b.co,NULL,1\n2,b@b.co,Ann,2\n3,c@b.co,NULL,NULL\n4,d@b.co,#N/A,10\n5,e@b.co,,7\n"


@pytest.fixture
def source(make_source):
    return make_source(NAMES)


def text_of_page(client, source):
    return client.get(url("change", source)).content.decode()


def treat(client, source, attribute="first", empty=True):
    client.post(url("words", source), {"attribute": attribute, **({"empty": "1"} if empty else {})})
    return ProfileSource.objects.get(pk=source.pk)


def rule(attribute, operator, value=None):
    return {"op": "and", "rules": [{"attribute": attribute, "operator": operator, "value": value}]}


def count(source, attribute, operator, value=None):
    return count_rules(source, rule(attribute, operator, value))


def staged(source, attribute):
    with open_engine() as duck:
        stage_members(duck, Segment(source=source, rules=everybody()), {"k": "id", "v": attribute}, "m")
        return [value for (value,) in duck.execute("SELECT v FROM m ORDER BY CAST(k AS INTEGER)").fetchall()]


# --- One click -------------------------------------------------------------------------------------------


def test_until_somebody_chooses_words_are_values(bob_client, source):
    page = text_of_page(bob_client, source)

    assert "Perhaps words for “nothing”: NULL (2), #N/A (1)" in " ".join(page.split())
    assert ">Treat as empty</button>" in page
    assert count(source, "first", "isNull") == 1
    assert staged(source, "first") == ["NULL", "Ann", "NULL", "#N/A", None]


def test_rules_find_such_words_empty_and_nothing_is_sent_of_them(bob_client, source):
    source = treat(bob_client, source)

    assert count(source, "first", "isNull") == 4
    assert count(source, "first", "isNotNull") == 1
    assert count(source, "first", "equals", "NULL") == 0
    assert count(source, "first", "notEquals", "NULL") == 5
    assert count(source, "first", "contains", "N") == 0
    assert count(source, "first", "isIn", ["NULL", "Ann"]) == 1
    assert staged(source, "first") == [None, "Ann", None, None, None]


def test_other_columns_keep_their_words(bob_client, source):
    source = treat(bob_client, source)

    assert staged(source, "age") == ["1", "2", "NULL", "10", "7"]
    assert source.attribute("age").words_are_empty is False


def test_the_page_shows_the_lower_fill_rate_and_still_the_words(bob_client, source):
    assert source.attribute("first").filled_percent == 80

    source = treat(bob_client, source)

    first = source.attribute("first")
    assert (first.filled_percent, first.distinct, first.samples, first.values) == (20, 1, ("Ann",), ("Ann",))
    page = " ".join(text_of_page(bob_client, source).split())
    assert "Counted as empty: NULL (2), #N/A (1)" in page
    assert ">Treat as values again</button>" in page


def test_a_sentence_says_what_the_choice_means(bob_client, source):
    treat(bob_client, source)

    assert (
        "3 values of “first” count as empty now: they are not sent, and the condition “is empty” finds them. "
        "Dynamic segments are refreshed by themselves, static ones when somebody refreshes them. What was sent before "
        "stays at Constant Contact."
    ) in text_of_page(bob_client, source)


def test_members_are_shown_and_downloaded_without_such_words(bob_client, source):
    segment = Segment(source=treat(bob_client, source), rules=everybody())

    _attributes, shown = sample_members(segment)
    _names, downloaded = read_members(segment)

    assert [row[2] for row in shown] == [row[2] for row in downloaded] == [None, "Ann", None, None, None]


def test_the_live_count_of_the_builder_finds_them_empty(bob_client, source):
    treat(bob_client, source)
    asked = {"page": "p", "number": 1, "source": source.pk, "rules": rule("first", "isNull")}

    answer = bob_client.post(
        reverse("admin:segments_segment_inspect"), json.dumps(asked), content_type="application/json"
    ).json()

    assert answer["count"] == 4
    assert {row[answer["attributes"].index("first")] for row in answer["rows"]} == {None}


@pytest.mark.parametrize("word", EMPTY_WORDS)
def test_each_word_is_a_word_with_blanks_around_it_too(bob_client, make_source, word):
    source = make_source(f'id,first\n1,{word}\n2," {word}"\n3,"{word}\u00a0\t"\n4,x{word}\n5,{word} {word}\n')
    assert source.attribute("first").empty_words == ((word, 3),)

    source = treat(bob_client, source)

    assert staged(source, "first") == [None, None, None, f"x{word}", f"{word} {word}"]
    assert count(source, "first", "isNull") == 3
    assert source.attribute("first").empty_words == ((word, 3),)


def test_a_column_of_nothing_but_such_words_is_empty(bob_client, make_source):
    source = treat(bob_client, make_source("id,first\n1,NULL\n2,nan\n"))

    assert source.attribute("first").filled == 0
    assert count(source, "first", "isNull") == 2


# --- Types -----------------------------------------------------------------------------------------------


def test_numbers_that_such_a_word_made_text_are_numbers_again(bob_client, source):
    assert source.attribute("age").type == "text"

    source = treat(bob_client, source, "age")

    assert source.attribute("age").type == "whole"
    assert count(source, "age", "greaterThan", "2") == 2
    assert count(source, "age", "isNull") == 1


@pytest.mark.parametrize(
    ("values", "type", "operator", "value", "found"),
    [
        ("2021-05-01,NULL,2022-01-01", "date", "greaterThan", "2021-12-31", 1),
        ("1.25,nan,10.5", "number", "greaterThan", "9", 1),
        ("yes,None,no", "boolean", "equals", True, 1),
        ("25.12.2020,\\N,01.02.2021", "date", "lessThan", "2021-01-01", 1),
    ],
)
def test_other_types_are_proved_by_the_values_that_are_left(
    bob_client, make_source, values, type, operator, value, found
):
    source = make_source("id,v\n" + "".join(f"{n},{one}\n" for n, one in enumerate(values.split(","))))

    source = treat(bob_client, source, "v")

    assert source.attribute("v").type == type
    assert count(source, "v", operator, value) == found
    assert count(source, "v", "isNull") == 1


def test_dates_that_could_mean_several_things_are_read_as_other_columns_prove(bob_client, make_source):
    source = make_source("id,born,joined\n1,25/12/1980,01/02/2021\n2,26/12/1980,NULL\n")

    source = treat(bob_client, source, "joined")

    assert (source.attribute("joined").type, source.attribute("joined").format) == ("date", "%d/%m/%Y")
    assert count(source, "joined", "equals", "2021-02-01") == 1


def test_numbers_that_could_mean_several_things_are_chosen_without_the_words(bob_client, make_source):
    source = treat(bob_client, make_source("id,v\n1,1.500\n2,NULL\n3,2.000\n"), "v")
    assert source.attribute("v").is_open

    bob_client.post(url("format", source), {"attribute": "v", "format": "1.234,56"})

    source = ProfileSource.objects.get(pk=source.pk)
    assert source.attribute("v").words_are_empty
    assert source.attribute("v").sql_type.startswith("DECIMAL")
    assert count(source, "v", "greaterThan", "1000") == 2
    assert count(source, "v", "isNull") == 1


def test_a_column_that_parquet_calls_text_stays_text(bob_client, db, tmp_path):
    path = tmp_path / "p.parquet"
    duckdb.sql(f"COPY (SELECT * FROM (VALUES ('1', '5'), ('2', 'NULL')) t(id, v)) TO '{path}' (FORMAT parquet)")
    source = ProfileSource.objects.create(name="P", key_attribute="id")
    import_now(source, path, key="id", updated="")

    source = treat(bob_client, ProfileSource.objects.get(), "v")

    assert source.attribute("v").type == "text"
    assert count(source, "v", "isNull") == 1


def test_a_choice_that_breaks_a_segment_says_which(bob_client, source):
    Segment.objects.create(name="Aged 1", source=source, rules=rule("age", "contains", "1"))

    treat(bob_client, source, "age")

    assert "The new profiles no longer fit these segments: Aged 1." in text_of_page(bob_client, source)


# --- What follows ----------------------------------------------------------------------------------------


def test_a_choice_and_its_undoing_make_other_plans(bob_client, source):
    segment = Segment.objects.create(name="All", source=source, rules=everybody())
    before = identity_of([segment])

    segment.source = treat(bob_client, source)
    chosen = identity_of([segment])
    segment.source = treat(bob_client, source, empty=False)

    assert chosen != before
    assert identity_of([segment]) == before


def test_dynamic_segments_are_refreshed_and_static_ones_keep_their_members(bob_client, source):
    dynamic = Segment.objects.create(name="Dynamic", source=source, rules=everybody())
    static = Segment.objects.create(name="Static", source=source, rules=everybody(), type=Segment.Type.STATIC)

    treat(bob_client, source)

    assert Evaluation.objects.filter(segment=dynamic, trigger=Evaluation.Trigger.PROFILES).exists()
    assert not Evaluation.objects.filter(segment=static).exists()


def test_the_choice_can_be_taken_back(bob_client, source):
    source = treat(bob_client, treat(bob_client, source), empty=False)

    assert source.attribute("first").filled_percent == 80
    assert staged(source, "first") == ["NULL", "Ann", "NULL", "#N/A", None]
    assert "3 values of “first” count as values again: they are sent as they stand." in text_of_page(bob_client, source)


def test_a_type_that_the_choice_proved_goes_with_it(bob_client, source):
    source = treat(bob_client, treat(bob_client, source, "age"), "age", empty=False)

    assert source.attribute("age").type == "text"
    assert count(source, "age", "equals", "NULL") == 1


def test_the_next_upload_keeps_the_choice_also_for_words_that_are_new(bob_client, source, make_source):
    treat(bob_client, source)

    source = make_source("id,email,first,age\n1,a@b.co,nan,1\n2,b@b.co,NULL,2\n3,c@b.co,Bo,3\n")

    assert source.attribute("first").empty_words == (("NULL", 1), ("nan", 1))
    assert staged(source, "first") == [None, None, "Bo"]
    assert count(source, "first", "isNull") == 2


def test_the_next_upload_keeps_the_choice_where_it_has_no_such_word(bob_client, source, make_source):
    treat(bob_client, source)

    make_source("id,first\n1,Ann\n")
    assert "Counted as empty: none in this file" in " ".join(text_of_page(bob_client, source).split())
    source = make_source("id,first\n1,NULL\n2,Ann\n")

    assert staged(source, "first") == [None, "Ann"]


def test_a_column_that_a_file_lacks_has_no_choice_left(bob_client, source, make_source):
    treat(bob_client, source)

    make_source("id,email\n1,a@b.co\n")
    source = make_source(NAMES)

    assert staged(source, "first")[0] == "NULL"


# --- The key ---------------------------------------------------------------------------------------------


def test_the_key_cannot_be_treated_as_empty(bob_client, make_source):
    source = make_source("id,first\n1,Ann\nNULL,Bo\n")
    page = text_of_page(bob_client, source)
    assert "This is the key, which no profile can be without" in page
    assert ">Treat as empty</button>" not in page

    assert treat(bob_client, source, "id").columns == source.columns


def test_a_column_that_becomes_the_key_has_values_again(bob_client, make_source):
    content = "id,code\n1,A\n2,NULL\n"
    treat(bob_client, make_source(content), "code")

    source = make_source(content, key="code")

    assert source.attribute("code").words_are_empty is False
    segment = Segment(source=source, rules=everybody())
    assert sorted(row[1] for row in sample_members(segment)[1]) == ["A", "NULL"]


# --- Who, and how ----------------------------------------------------------------------------------------


def test_who_may_not_edit_sources_sees_the_words_and_cannot_choose(carol_client, source):
    page = text_of_page(carol_client, source)
    assert "NULL (2)" in page
    assert ">Treat as empty</button>" not in page

    answer = carol_client.post(url("words", source), {"attribute": "first", "empty": "1"})

    assert answer.status_code == 403
    assert ProfileSource.objects.get().columns == source.columns


def test_a_link_changes_nothing(bob_client, source):
    assert bob_client.get(url("words", source), {"attribute": "first", "empty": "1"}).status_code == 405
    assert ProfileSource.objects.get().columns == source.columns


@pytest.mark.parametrize("attribute", ["email", "nothing", ""])
def test_what_is_not_offered_changes_nothing_and_leaves_no_trace(bob_client, source, attribute):
    traces = LogEntry.objects.count()

    assert treat(bob_client, source, attribute).columns == source.columns
    assert LogEntry.objects.count() == traces


def test_who_did_it_is_recorded(bob_client, source):
    treat(bob_client, treat(bob_client, source), empty=False)

    undone, chosen = LogEntry.objects.filter(action=LogEntry.Action.ACCESS)[:2]
    assert sentences_of(chosen) == [
        "bob chose that words for “nothing” count as empty in “first” of the profile source “People”."
    ]
    assert sentences_of(undone) == [
        "bob chose that words for “nothing” are values in “first” of the profile source “People”."
    ]
    assert History.objects.filter(object_id=str(source.pk), user__username="bob").count() == 2


def test_nothing_is_chosen_while_a_file_is_imported(bob_client, source):
    ProfileImport.objects.create(source=source, file_name="new.csv", key_attribute="id")

    assert ">Treat as empty</button>" not in text_of_page(bob_client, source)
    assert treat(bob_client, source).columns == source.columns
    assert "A file is being imported into “People” right now." in text_of_page(bob_client, source)


def test_a_choice_for_a_file_that_was_replaced_meanwhile_changes_nothing(bob_client, source, make_source, monkeypatch):
    from profiles import choosing

    def describe_late(*arguments):
        described = describe(*arguments)
        make_source("id,first\n1,NULL\n")
        return described

    describe = choosing.describe
    monkeypatch.setattr(choosing, "describe", describe_late)

    source = treat(bob_client, source)

    assert [one.name for one in source.attributes()] == ["id", "first"]
    assert source.attribute("first").words_are_empty is False
    assert "so your change was not saved" in text_of_page(bob_client, source)


def test_a_choice_that_somebody_else_made_meanwhile_is_kept(bob_client, make_source, monkeypatch):
    from profiles import choosing

    source = make_source("id,v\n1,1.500\n2,2.000\n")
    monkeypatch.setattr(Attribute, "may_choose_words", True)  # as if the last file but one had had some

    def describe_late(*arguments):
        described = describe(*arguments)
        bob_client.post(url("format", source), {"attribute": "v", "format": "1.234,56"})
        return described

    describe = choosing.describe
    monkeypatch.setattr(choosing, "describe", describe_late)

    source = treat(bob_client, source, "v")

    assert (source.attribute("v").format, source.attribute("v").words_are_empty) == ("1.234,56", False)
    assert "so your change was not saved" in text_of_page(bob_client, source)


def test_a_database_has_no_such_choice(bob_client, source):
    ProfileSource.objects.filter(pk=source.pk).update(kind="postgresql")

    assert bob_client.post(url("words", source), {"attribute": "first", "empty": "1"}).status_code == 404


# --- What is stored --------------------------------------------------------------------------------------


def test_attributes_that_were_stored_before_are_read_and_treated(bob_client, source):
    columns = [
        {name: value for name, value in column.items() if name != "words_are_empty"} for column in source.columns
    ]
    ProfileSource.objects.filter(pk=source.pk).update(columns=columns)
    source.refresh_from_db()
    assert source.attribute("first").words_are_empty is False

    source = treat(bob_client, source)

    assert source.attribute("first").words_are_empty is True
    assert staged(source, "first") == [None, "Ann", None, None, None]


def test_what_is_stored_is_what_is_read():
    attribute = Attribute("a", empty_words=(("NULL", 2),), words_are_empty=True)
    assert Attribute.from_json(json.loads(json.dumps(attribute.as_json()))) == attribute


def test_an_attribute_named_like_the_engines_row_numbers_is_no_trouble(bob_client, make_source):
    source = treat(bob_client, make_source("id,file_row_number\n1,NULL\n2,x\n"), "file_row_number")

    assert staged(source, "file_row_number") == [None, "x"]
