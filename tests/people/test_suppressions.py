"""Who is suppressed here: by address, by domain, by what is left of an erased address."""

from datetime import timedelta

import duckdb
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from connections.models import Connection
from encryption.fields import reencrypt_all
from encryption.models import HashKey
from exports.editing.suppressing import AlreadySuppressedError, release, suppress
from exports.models import Suppression
from exports.people.addresses import normalised, normalised_domain
from exports.people.suppressions import erase_clear_text, in_force_for, is_said_since, key_maker, stage
from exports.plan import columns

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice) -> Connection:
    return Connection.objects.create(display_name="Shop", state="connected", account_id="shop-1")


@pytest.fixture
def club(alice) -> Connection:
    return Connection.objects.create(display_name="Club", state="connected", account_id="club-2")


@pytest.fixture
def say(alice):
    def say(who: str, connection: Connection | None = None, reason: str = "Asked us by phone") -> Suppression:
        what = {"email": who} if "@" in who else {"domain": who}
        return suppress(**what, connection=connection, reason=reason, by=alice)

    return say


def found_among(emails: list[str], connection: Connection | None) -> dict[str, str]:
    with duckdb.connect() as duck:
        duck.execute("CREATE TABLE asked (email VARCHAR)")
        duck.executemany("INSERT INTO asked VALUES (?)", [[email] for email in emails])
        stage(duck, "asked", connection_id=connection.pk if connection else None)
        return dict(duck.execute("SELECT email, reason FROM suppressed").fetchall())


def test_an_address_is_found_with_its_moment_and_number(say, shop):
    row = say("ana@example.com", shop)

    found = found_among(["ana@example.com", "ben@example.com", "ana@example.com", "xana@example.com"], shop)

    assert found == {"ana@example.com": f"{row.created_at:%Y-%m-%dT%H:%M:%S}Z {row.pk}"}


def test_a_domain_is_everybody_there_and_below_it_and_nobody_elsewhere(say, shop):
    say("example.com")

    emails = ["a@example.com", "b@mail.example.com", "c@x.mail.example.com", "d@notexample.com", "e@example.com.au", ""]

    assert set(found_among(emails, shop)) == {"a@example.com", "b@mail.example.com", "c@x.mail.example.com"}


def test_what_is_said_first_is_named_where_several_say_it(say, shop):
    first = say("ana@example.com", shop)
    say("example.com")

    assert found_among(["ana@example.com"], shop)["ana@example.com"].split()[1] == str(first.pk)
    assert [row.kind for row in in_force_for("ANA@example.com ", shop.pk)] == ["address", "domain"]


def test_one_for_a_connection_holds_for_no_other_and_one_for_all_for_each(say, shop, club):
    say("shop@example.com", shop)
    say("all@example.com")
    emails = ["shop@example.com", "all@example.com"]

    assert set(found_among(emails, shop)) == set(emails)
    assert set(found_among(emails, club)) == {"all@example.com"}
    assert set(found_among(emails, None)) == {"all@example.com"}


def test_it_outlives_its_connection_and_holds_for_the_next_one_to_that_account_only(say, shop, club):
    row = say("ana@example.com", shop)
    shop.delete()
    row.refresh_from_db()
    again = Connection.objects.create(display_name="Shop again", state="connected", account_id="shop-1")

    assert row.connection is None
    assert not row.is_for_all
    assert set(found_among(["ana@example.com"], again)) == {"ana@example.com"}
    assert found_among(["ana@example.com"], club) == {}


def test_one_that_was_removed_keeps_nobody_out_and_stays_as_evidence(say, shop, alice):
    row = say("ana@example.com", shop)
    Suppression.objects.update(created_at=timezone.now() - timedelta(hours=1))
    before = timezone.now()
    assert not is_said_since(before, shop.pk)

    assert release(row, reason="It was a mix-up", by=alice)
    assert not release(row, reason="Once more", by=alice)

    row.refresh_from_db()
    assert (row.removed_by, row.removed_reason, row.email) == (alice, "It was a mix-up", "ana@example.com")
    assert found_among(["ana@example.com"], shop) == {}
    assert is_said_since(before, shop.pk)
    assert say("ana@example.com", shop).pk != row.pk


def test_nobody_is_suppressed_twice(say, shop, club):
    everywhere = say("ana@example.com")

    with pytest.raises(AlreadySuppressedError) as refused:
        say("ana@example.com", shop)

    assert refused.value.present == everywhere
    with pytest.raises(IntegrityError), transaction.atomic():
        Suppression.objects.create(email="ana@example.com", key=everywhere.key, reason="Twice")


def test_the_database_holds_what_the_pages_promise(shop):
    for fault in (
        {"connection": shop, "account_id": ""},  # it would become one for all when the connection is removed
        {"removed_at": "2026-01-01T00:00:00Z", "removed_reason": ""},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Suppression.objects.create(email="ana@example.com", key="k", reason="x", **fault)


def test_an_erased_person_is_recognized_by_a_hash_and_stands_nowhere_in_clear(say, shop, club, alice):
    row = say("ana@example.com", shop, reason="Ana@Example.com wrote on Monday")

    kept = erase_clear_text(" ANA@example.com", "Erased on request", alice)

    stored = str(list(Suppression.objects.values_list("email", "domain", "reason", "removed_reason")))
    assert "ana@" not in stored.lower()
    row.refresh_from_db()
    assert row.reason == "… wrote on Monday"
    assert row.is_erased
    assert row.removed_at is None
    assert kept.is_for_all
    assert kept.is_erased
    assert found_among(["ana@example.com", "ben@example.com"], club) == {
        "ana@example.com": f"{kept.created_at:%Y-%m-%dT%H:%M:%S}Z {kept.pk}"
    }
    assert erase_clear_text("ana@example.com", "Again", alice) == kept
    with pytest.raises(AlreadySuppressedError):
        say("ana@example.com", shop)


def test_the_hash_survives_another_encryption_key(settings, alice):
    from cryptography.fernet import Fernet

    key = key_maker()("ana@example.com")
    old = list(settings.FIELD_ENCRYPTION_KEYS)

    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *old]
    reencrypt_all()
    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]

    assert key_maker()("ana@example.com") == key != key_maker()("ben@example.com")
    assert HashKey.objects.count() == 1


@given(st.text(st.sampled_from("aZ@.é\u212a \t\u200b\x00\x85"), max_size=8))
@settings(max_examples=15, deadline=None)
def test_an_address_is_normalised_as_in_a_plan(text):
    with duckdb.connect() as duck:
        query = f"SELECT {columns.normalised_email().sql('duckdb')} FROM (SELECT ? AS value_0)"
        assert duck.execute(query, [text]).fetchone() == (normalised(text),)


def test_a_domain_is_written_in_several_ways():
    for text in ("example.com", "@example.com", " *.Example.COM ", "*@example.com"):
        assert normalised_domain(text) == "example.com"
    for text in ("com", "ana@example.com", "exa mple.com", "example.", "-a.com", "münchen.de", ""):
        assert normalised_domain(text) == ""
