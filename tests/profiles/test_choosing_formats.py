"""Where a file does not prove how its values are written, somebody chooses on the page of the source."""

import pytest

from profiles.models import ProfileSource
from segments.members.membership import identity_of
from segments.members.query import count_rules
from segments.models import Segment, everybody
from tests.profiles.pages import url

pytestmark = pytest.mark.django_db
DAYS = "id,email,joined,umsatz\n1,a@example.com,03/04/2021,1.500\n2,b@example.com,05/04/2021,2.000\n"


@pytest.fixture
def source(make_source):
    return make_source(DAYS)


def choose(client, source, attribute, format):
    client.post(url("format", source), {"attribute": attribute, "format": format})
    return ProfileSource.objects.get(pk=source.pk)


def count(source, attribute, operator, value):
    rule = {"attribute": attribute, "operator": operator, "value": value}
    return count_rules(source, {"op": "and", "rules": [rule]})


def test_the_page_says_what_is_open_and_offers_every_way(bob_client, source):
    page = bob_client.get(url("change", source)).content.decode()

    assert "The values can be read in more than one way." in page
    for example in ("12/31/2026", "31/12/2026", "1234.56", "1.234,56"):
        assert f">{example}</option>" in page


@pytest.mark.parametrize("empty", ["", " ", "\u00a0"])
def test_nothing_is_asked_of_a_column_without_values(bob_client, make_source, empty):
    source = make_source(f"id,email,joined\n1,a@example.com,{empty}\n2,b@example.com,{empty}\n")

    assert source.attribute("joined").formats == ()
    assert "The values can be read in more than one way." not in bob_client.get(url("change", source)).text


def test_a_column_that_is_empty_in_one_file_keeps_how_it_is_written(bob_client, source, make_source):
    choose(bob_client, source, "joined", "%d/%m/%Y")
    assert make_source("id,email,joined,umsatz\n1,a@example.com,,\n").attribute("joined").format == "%d/%m/%Y"

    again = make_source(DAYS)

    assert (again.attribute("joined").type, again.attribute("joined").format) == ("date", "%d/%m/%Y")


def test_the_page_shows_how_dates_and_numbers_are_written(bob_client, make_source):
    source = make_source('id,joined,v\n1,25/12/2020 10:00 AM,"1.234,56"\n')

    page = bob_client.get(url("change", source)).content.decode()

    assert "31/12/2026 05:05 PM" in page
    assert "1.234,56" in page
    assert "The values can be read in more than one way." not in page


@pytest.mark.parametrize(("format", "day"), [("%d/%m/%Y", "2021-04-03"), ("%m/%d/%Y", "2021-03-04")])
def test_a_chosen_format_is_what_rules_compare(bob_client, source, format, day):
    source = choose(bob_client, source, "joined", format)

    assert source.attribute("joined").type == "date"
    assert count(source, "joined", "equals", day) == 1


@pytest.mark.parametrize(("format", "above_thousand"), [("1.234,56", 2), ("", 0)])
def test_a_chosen_way_of_writing_numbers_is_what_rules_compare(bob_client, source, format, above_thousand):
    source = choose(bob_client, source, "umsatz", format)

    assert source.attribute("umsatz").type == "number"
    assert count(source, "umsatz", "greaterThan", "1000") == above_thousand


def test_the_next_upload_keeps_the_choice(bob_client, source, make_source):
    choose(bob_client, source, "joined", "%d/%m/%Y")
    choose(bob_client, source, "umsatz", "1.234,56")

    again = make_source(DAYS)

    assert again.attribute("joined").format == "%d/%m/%Y"
    assert count(again, "umsatz", "equals", "1500") == 1


def test_the_choice_can_be_taken_back(bob_client, source):
    choose(bob_client, source, "joined", "%d/%m/%Y")

    source = choose(bob_client, source, "joined", "text")

    assert (source.attribute("joined").type, source.attribute("joined").format) == ("text", "")


@pytest.mark.parametrize(
    ("attribute", "format"), [("joined", "%Y"), ("joined", "1.234,56"), ("email", "%d/%m/%Y"), ("nothing", "text")]
)
def test_what_is_not_offered_changes_nothing(bob_client, source, attribute, format):
    assert choose(bob_client, source, attribute, format).columns == source.columns


def test_who_may_not_edit_sources_cannot_choose(carol_client, source):
    answer = carol_client.post(url("format", source), {"attribute": "joined", "format": "%d/%m/%Y"})

    assert answer.status_code == 403
    assert ProfileSource.objects.get().columns == source.columns


def test_a_choice_makes_another_plan(bob_client, source):
    segment = Segment.objects.create(name="All", source=source, rules=everybody())
    before = identity_of([segment])

    segment.source = choose(bob_client, source, "joined", "%d/%m/%Y")

    assert identity_of([segment]) != before


def test_a_choice_that_breaks_a_segment_says_which(bob_client, source):
    rules = {"op": "and", "rules": [{"attribute": "joined", "operator": "contains", "value": "2021"}]}
    Segment.objects.create(name="Joined in 2021", source=source, rules=rules)

    bob_client.post(url("format", source), {"attribute": "joined", "format": "%d/%m/%Y"})

    page = bob_client.get(url("change", source)).content.decode()
    assert "The new profiles no longer fit these segments: Joined in 2021." in page
