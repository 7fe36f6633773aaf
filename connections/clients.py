"""The client of Constant Contact for one connection: its tokens, the shared pace, the settings."""

from collections.abc import Callable

from django.conf import settings

from constant_contact import Authorizer, ConstantContact

from . import tokens
from .budget import pacer, quota_recorder
from .models import Connection


def client_for(
    connection: Connection, *, for_page: bool, account_id: str = "", spent: Callable[[], None] = lambda: None
) -> ConstantContact:
    """Return a client that speaks as `connection` and takes its turns from the budget of the API key.

    `for_page`: somebody waits for the answer, so the day's reserve may be used. `account_id`: the only account it may
    speak to (tokens.AnotherAccountError). `spent` is called right before each request; what it raises stops it.
    """
    return client_of(tokens.authorizer(connection, account_id), for_page=for_page, spent=spent)


def client_of(authorizer: Authorizer, *, for_page: bool, spent: Callable[[], None] = lambda: None) -> ConstantContact:
    """Return a client with the tokens of `authorizer`."""
    return ConstantContact(
        authorizer,
        api_url=settings.CONSTANT_CONTACT_API_URL,
        pace=pacer(settings.CONSTANT_CONTACT_CLIENT_ID, for_page=for_page, spent=spent),
        refused=quota_recorder(settings.CONSTANT_CONTACT_CLIENT_ID),
    )
