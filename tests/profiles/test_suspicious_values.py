"""Values that are probably not what was meant are shown on the source page: words for "nothing", lost digits."""

import pytest
from django.urls import reverse


def page(client, source):
    return client.get(reverse("admin:profiles_profilesource_change", args=[source.pk])).content.decode()


@pytest.mark.parametrize("word", ["\\N", "NULL", "#N/A", "nan", "None", "NaT", "<NA>", "#REF!"])
def test_a_word_for_nothing_is_shown_with_its_count(bob_client, make_source, word):
    source = make_source(f"id,email,first\n1,a@b.co,{word}\n2,b@b.co,{word}\n3,c@b.co,Ann\n")

    assert source.attribute("first").empty_words == ((word, 2),)
    assert "Perhaps words for “nothing”:" in page(bob_client, source)


def test_several_words_are_shown_the_most_frequent_first_wherever_they_stand(bob_client, make_source):
    rows = "".join(f"{n},p{n}@b.co,Name{n}\n" for n in range(6_000))
    source = make_source(f"id,email,first\n{rows}a,a@b.co,NULL\nb,b@b.co,nan\nc,c@b.co,nan\n")

    assert source.attribute("first").empty_words == (("nan", 2), ("NULL", 1))
    assert "nan (2), NULL (1)" in page(bob_client, source)


@pytest.mark.parametrize("name", ["Null", "Nan", "Nonette", "Nullmeyer", "NA"])
def test_names_of_people_are_none_of_them(bob_client, make_source, name):
    source = make_source(f"id,email,first\n1,a@b.co,{name}\n")

    assert source.attribute("first").empty_words == ()
    assert "Perhaps words for" not in page(bob_client, source)


@pytest.mark.parametrize("column", ["phone", "Zip code", "mobile", "handle"])
@pytest.mark.parametrize("value", ["4.15555E+09", "4,15555E+09", "6e+15"])
def test_values_that_a_spreadsheet_rewrote_are_a_warning_that_names_the_column(bob_client, make_source, column, value):
    source = make_source(f'id,email,{column}\n1,a@b.co,"{value}"\n2,b@b.co,"{value}"\n3,c@b.co,4155550123\n')

    warning = f"The column “{column}” looks as if a spreadsheet had rewritten 2 values"
    assert warning in page(bob_client, source)


def test_a_number_that_stands_late_in_a_phone_column_is_found(bob_client, make_source):
    rows = "".join(f"{n},p{n}@b.co,+1 555 {n}\n" for n in range(6_000))
    source = make_source(f"id,email,phone\n{rows}x,x@b.co,4.15555E+09\n")

    assert "had rewritten 1 value," in page(bob_client, source)


def test_plain_codes_are_no_warning(bob_client, make_source):
    source = make_source("id,email,phone,sku\n1,a@b.co,4155550123,12E4\n2,b@b.co,+49 30 1,E+10\n")

    assert "looks as if a spreadsheet" not in page(bob_client, source)
