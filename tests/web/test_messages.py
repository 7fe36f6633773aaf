"""A message is a code with details, and its text is made when somebody reads it."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.translation import override

from web import messages
from web.messages import Message, MessageError, Text, ngettext_noop, register


@pytest.fixture(autouse=True)
def texts(monkeypatch):
    monkeypatch.setattr(messages, "_texts", {})
    register(
        {
            "broken": Text("The file “%(name)s” is broken.", "Upload another one."),
            "rows": Text(**ngettext_noop("%(count)s row was read.", "%(count)s rows were read.")),
            "late": Text("It was planned for %(planned)s."),
            "because": Text("The run failed: %(why)s"),
            "columns": Text("Columns without a name: %(names)s."),
        }
    )


def test_what_happened_and_the_next_step_are_read_together_or_apart():
    message = Message("broken", {"name": "a.csv"})
    assert message.happened == "The file “a.csv” is broken."
    assert message.next_step == "Upload another one."
    assert str(message) == "The file “a.csv” is broken. Upload another one."


def test_a_percent_sign_in_a_detail_is_shown_as_it_is():
    assert Message("broken", {"name": "100 %s.csv"}).happened == "The file “100 %s.csv” is broken."


def test_numbers_are_grouped_and_decide_about_the_plural():
    assert str(Message("rows", {"count": 1})) == "1 row was read."
    assert str(Message("rows", {"count": 1234})) == "1,234 rows were read."


def test_moments_are_shown_in_the_time_zone_of_the_reader():
    message = Message("late", {"planned": "2026-03-01T23:30:00+00:00"})
    with timezone.override("Asia/Shanghai"), override("en"):
        assert "March 2, 2026" in str(message)


def test_a_message_and_a_list_may_stand_in_a_message():
    inner = Message("columns", {"names": ["3", "5"]})
    assert str(Message("because", {"why": inner.as_json()})) == "The run failed: Columns without a name: 3, 5."


def test_what_is_stored_is_the_code_with_its_details_and_never_the_text():
    stored = Message("broken", {"name": "a.csv"}).as_json()
    assert stored == {"code": "broken", "details": {"name": "a.csv"}}
    assert Message.from_json(stored) == Message("broken", {"name": "a.csv"})


def test_no_code_is_no_message():
    nothing = Message()
    assert (str(nothing), bool(nothing), nothing.as_json(), Message.from_json({})) == ("", False, {}, nothing)


def test_an_error_is_shown_as_its_message():
    assert str(MessageError("broken", name="a.csv")) == "The file “a.csv” is broken. Upload another one."


def test_a_code_that_means_two_things_stops_the_start():
    register({"broken": Text("The file “%(name)s” is broken.", "Upload another one.")})
    with pytest.raises(ImproperlyConfigured, match="broken"):
        register({"broken": Text("Something else.")})
