"""Nothing personal and nothing secret is in an error, a value's representation or a log."""

import pickle

import pytest

from constant_contact import ConstantContactError, QuotaExceededError, RejectedError, ThrottledError, Tokens
from constant_contact.errors import safe_text

JWT = "eyJraWQiOiJhYmMifQ.eyJpc3MiOiJodHRwcyJ9.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "address", ["ann@example.com", "Ann.O'Neil+x@sub.example.co.uk", "ünn@bücher.example", "ann%40example.com"]
)
@pytest.mark.parametrize("around", ["Email {} already exists", "<{}>", '"{}"', "email={}&x=1", "{},{}", "a\n{}\tb"])
def test_an_address_is_taken_out_of_a_text(address, around):
    text = safe_text(around.format(address, address))

    assert "example" not in text.replace("[e-mail]", "")
    assert "nn" not in text
    assert "[e-mail]" in text


@pytest.mark.parametrize("secret", [JWT, "k" * 43, "Rf-3x" * 9])
def test_a_token_is_taken_out_of_a_text(secret):
    assert safe_text(f"token {secret} refused") == "token [secret] refused"


def test_an_id_stays_in_a_text():
    text = "Email already exists for contact 7d7f1c9e-7b61-11e6-9a41-93e8deadbeef"

    assert safe_text(text) == text


def test_a_text_is_one_short_line():
    assert safe_text("a\r\nb\t c") == "a b c"
    assert len(safe_text("word " * 1_000)) == 300


def test_the_vendors_message_is_made_safe_in_every_part_of_an_error():
    error = RejectedError("no ann@example.com", error_key="bob@example.com", request_id=JWT)

    assert "example.com" not in str(error) + repr(error) + repr(error.args)
    assert "eyJ" not in str(error)


def test_tokens_hide_themselves():
    tokens = Tokens("the-access-token", "the-refresh-token", 60, frozenset({"contact_data"}))

    assert repr(tokens) == "Tokens(expires_in=60, scope=frozenset({'contact_data'}))"


@pytest.mark.parametrize(
    "error",
    [
        ThrottledError("full", queue_full=True, status=429),
        QuotaExceededError(error_key="quota_exceeded", status=429),
        RejectedError("no", status=404, request_id="r"),
    ],
)
def test_an_error_survives_being_carried_to_another_process(error: ConstantContactError):
    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is type(error)
    assert copy.__dict__ == error.__dict__
    assert str(copy) == str(error)
