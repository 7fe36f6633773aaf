"""manage.py import_profiles, as an operator sees it."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from profiles.models import ProfileSource
from tests.support.fixtures_profiles import PEOPLE

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command("import_profiles", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_makes_the_source_and_prints_what_it_holds(write):
    said = run(write(PEOPLE), "--source", "People", "--key", "id", "--updated", "updated")

    source = ProfileSource.objects.get(name="People")
    assert (source.row_count, source.key_attribute, source.updated_attribute) == (5, "id", "updated")
    assert said.startswith("People: 5 profiles from profiles.csv (utf-8) in ")
    assert "  id           Whole number   100% filled  key\n" in said
    assert "  email        Text            80% filled  looks like email\n" in said


def test_the_command_refreshes_a_source_of_that_name(write):
    run(write(PEOPLE), "--source", "People", "--key", "id")
    run(write("id,email\n7,x@example.com\n"), "--source", "People", "--key", "id")

    assert ProfileSource.objects.get().row_count == 1


def test_a_refused_file_is_a_sentence_and_leaves_no_empty_source(write):
    with pytest.raises(CommandError, match="The file has no column “nope”"):
        run(write("id,name\n1,x\n"), "--source", "People", "--key", "nope")

    assert not ProfileSource.objects.exists()


def test_a_refused_file_leaves_the_profiles_of_before(write):
    run(write(PEOPLE), "--source", "People", "--key", "id")

    with pytest.raises(CommandError, match="no profiles"):
        run(write("id\n"), "--source", "People", "--key", "id")

    assert ProfileSource.objects.get().row_count == 5


def test_a_file_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(CommandError, match=r"There is no file .*nothing\.csv\. Check the path\."):
        run(tmp_path / "nothing.csv", "--source", "People", "--key", "id")


def test_a_file_that_is_too_large_is_a_sentence(write, settings):
    settings.SOURCE_MAX_BYTES = 10

    with pytest.raises(CommandError, match="is larger than"):
        run(write(PEOPLE), "--source", "People", "--key", "id")


def test_what_should_be_known_is_printed(write):
    assert "No column looks like email addresses." in run(write("id\n1\n"), "--source", "x", "--key", "id")
