"""Whatever gets into a line: no e-mail address, no token and no password comes out."""

import string
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from logs import event
from logs.redaction import redacted

many = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
ADDRESSES = st.emails() | st.builds(
    lambda local, domain, at: f"{local}{at}{domain}",
    st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=30),
    st.sampled_from(["example.com", "münchen.de", "例子.公司", "mail.example.co.uk"]),
    st.sampled_from(["@", "%40"]),
)
# What stands around an address in texts of libraries.
AROUND = st.sampled_from(
    [("", ""), (" ", " "), ("'", "'"), ('"', '"'), ("<", ">"), ("(", ")"), ("[", "]"), ("email=", ","), ("?q=", "&x=1"),
     ("/people/", "/"), ("mailto:", "."), ("\n", "\n"), ("{'email': '", "'}"), ('{"email": "', '"}')]
)  # fmt: skip
WHERE = ["message", "args", "field", "error", "cause"]


class Unreadable(Exception):
    pass


@many
@given(address=ADDRESSES, around=AROUND, before=st.text(max_size=40), where=st.sampled_from(WHERE))
@example(address='"ann b"@example.com', around=("", ""), before="", where="message")
@example(address="josé@example.com", around=("'", "'"), before="", where="error")
def test_no_address_is_written(lines, json_lines, address, around, before, where):
    text = f"{before} {around[0]}{address}{around[1]}"
    for written in (lines, json_lines):
        written.forget()
        write(written.logger, text, where)
        assert address.lower() not in written.text.lower()
        assert "could not be written" not in written.text


def write(logger, text: str, where: str) -> None:
    if where == "message":
        logger.warning(text)
    elif where == "args":
        logger.warning("Can't read %s", text)
    elif where == "field":
        event(logger, "refused", detail=text, more={"rows": [text]})
    else:
        try:
            try:
                raise Unreadable(text)
            except Unreadable as error:
                if where == "cause":
                    raise ValueError("It broke") from error
                raise
        except Exception:
            logger.exception("It broke")


TOKENS = st.text(st.sampled_from(string.ascii_letters + string.digits + "-_"), min_size=43, max_size=300)
QUOTED = st.sampled_from(["{}", " {} ", "'{}'", "Bearer {}", "token={}", '{{"refresh_token": "{}"}}'])
LONG = ["a" * 200_000, "a@" * 50_000, "a." * 100_000 + "@", '"' + "a" * 200_000, "A-" * 100_000]


@many
@given(token=TOKENS, around=QUOTED)
def test_no_token_is_written(lines, token, around):
    if token == token.lower() and not any(each.isdigit() for each in token):
        return  # a name with underscores, as far as anybody can tell
    lines.forget()
    lines.logger.warning("%s", around.format(token))
    assert token not in lines.text


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer s3cret",
        "{'Authorization': 'Bearer s3cret'}",
        "Authorization: Basic s3cret==",
        "client_secret=s3cret&x=1",
        "{'password': 's3cret'}",
        '{"refresh_token":"s3cret"}',
        "CONSTANT_CONTACT_CLIENT_SECRET: s3cret",
        "postgres://exporter:s3cret@db.example.com/exporter",
        "smtp+tls://ann@example.com:s3cret@smtp.example.com:587",
        "eyJhbGciOiJIUzI1NiJ9.s3cret.s3cret",
    ],
)
def test_secrets_that_are_named_are_taken_out(text):
    assert "s3cret" not in redacted(text)


def test_a_field_named_like_a_secret_is_never_written(json_lines):
    event(json_lines.logger, "x", access_token="s", password="s", client_secret="s", token=5, tokens=5, passed=1)

    [line] = json_lines.read()
    assert [line[name] for name in ("access_token", "password", "client_secret")] == ["[secret]"] * 3
    assert (line["tokens"], line["passed"]) == (5, 1)


@pytest.mark.parametrize(
    "text",
    [
        "run 7 was taken over by another worker",
        "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        "File /srv/exports/pipeline/__init__.py, line 12, in test_a_very_long_name_of_a_function_of_ours_that_fails",
        "plans/559a8e62-ae55-44cf-9c9c-c976ca9904ab.parquet",
        "at 10:15, 3 of 12 batches (25%)",
    ],
)
def test_what_is_needed_to_find_a_fault_stays(text):
    assert redacted(text) == text


@pytest.mark.parametrize("text", LONG)
def test_a_long_text_is_read_in_reasonable_time(text):
    began = time.monotonic()
    redacted(text)
    assert time.monotonic() - began < 5
