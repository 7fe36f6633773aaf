"""A connection that works, and settings that lead to the sandbox."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from connections import consent_text, tokens
from connections.models import Connection, Consent, ExportUser
from constant_contact import Tokens
from exports.models import OptOuts
from tests.support.sandbox import Sandbox

BASE_URL = "http://testserver"


@pytest.fixture
def constant_contact(settings, sandbox: Sandbox) -> Sandbox:
    """The sandbox, with this application's settings leading there and its redirect URI registered."""
    settings.BASE_URL = BASE_URL
    settings.CONSTANT_CONTACT_API_URL = sandbox.api_url
    settings.CONSTANT_CONTACT_AUTH_URL = sandbox.auth_url
    settings.CONSTANT_CONTACT_CLIENT_ID = sandbox.client_id
    settings.CONSTANT_CONTACT_CLIENT_SECRET = sandbox.client_secret
    settings.CONSTANT_CONTACT_REQUESTS_PER_SECOND = 1_000
    sandbox.add_application(client_id=sandbox.client_id, redirect_uris=[f"{BASE_URL}/connections/oauth/callback/"])
    return sandbox


def issued(sandbox: Sandbox, **how: str) -> Tokens:
    """Return tokens as the sandbox's token endpoint gives them."""
    answer = sandbox.issue_tokens(**how)
    return Tokens(
        access_token=answer["access_token"],
        refresh_token=answer.get("refresh_token"),
        expires_in=answer["expires_in"],
        scope=frozenset(answer["scope"].split()),
    )


def make_connection(sandbox: Sandbox, administrator: User, name: str = "Newsletter", **columns: object) -> Connection:
    """Return a saved connection to the sandbox's account, as the wizard leaves it."""
    now = timezone.now()
    made = Connection.objects.create(
        **{
            "display_name": name,
            "account_id": sandbox.account_id,
            "organization_name": "Sandbox Organization",
            "account_email": "owner@sandbox.example",
            "authenticated_at": now,
            "authenticated_by": administrator,
            "created_by": administrator,
            **columns,
        }
    )
    Consent.objects.create(
        connection=made, user=administrator, ip_address="192.0.2.1", text_version=consent_text.CURRENT, language="en"
    )
    ExportUser.objects.create(connection=made, user=administrator, confirmed_at=now)
    tokens.store_tokens(made, issued(sandbox))
    Connection.objects.filter(pk=made.pk).update(saved_at=now)
    made.refresh_from_db()
    # Most tests are not about who opted out: that was read a moment ago, and there was nobody.
    OptOuts.objects.update_or_create(account_id=made.account_id, defaults={"read_at": now, "read_all_at": now})
    return made


@pytest.fixture
def connection(constant_contact: Sandbox, alice: User) -> Connection:
    """A connection that alice (administrator) set up for administrators, with herself as export user."""
    return make_connection(constant_contact, alice)


def expire_access_token(connection: Connection) -> None:
    """Let our own copy of the access token be over."""
    past = timezone.now() - timedelta(minutes=1)
    connection.token_set.__class__.objects.filter(pk=connection.pk).update(expires_at=past)
