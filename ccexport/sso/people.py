"""Who may sign in: the person an issuer and subject stand for, with exactly the role that a claim gives."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

import audit_trail
from ccexport.people.accounts import ROLES, LastAdministratorError, give_role, role_of
from web.messages import Message, MessageError

from .options import configured

Claims = Mapping[str, Any]
MAX_NAME = 150


class NotAllowedError(MessageError):
    """The person must not sign in."""

    def __init__(self, code: str) -> None:
        super().__init__(f"sign_in.{code}", provider=configured().name)


def text(code: str) -> str:
    """Return what is said about signing in through the provider."""
    return str(Message(f"sign_in.{code}", {"provider": configured().name}))


def sign_in(claims: Claims) -> tuple[User, list[str]]:
    """Return the person, made or brought up to date, and what they should know. Raises NotAllowedError."""
    user, role = person_of(claims), role_in(claims)
    if user is not None and not user.is_active:
        raise NotAllowedError("removed")
    if not role:
        if user is not None:
            _set_role(user, "")
        raise NotAllowedError("no_role")
    notes = []
    if user is None:
        user, is_linked = _get_or_create_user(claims)
        if is_linked:
            notes.append(text("linked"))
    if not _set_role(user, role):
        notes.append(text("stays_administrator"))
    return user, notes


def role_in(claims: Claims) -> str:
    """Return the highest role that the claim gives; "" for none. The claim is a value or a list of them."""
    name = configured().role_claim
    found: Any = claims
    for part in [name] if name in claims else name.split("."):  # its name, or its path: `realm_access.roles`
        found = found.get(part) if isinstance(found, Mapping) else None
    values = found if isinstance(found, list) else [found]
    roles = {configured().roles.get(value) for value in values if isinstance(value, str)}
    return next((role for role in ROLES if role in roles), "")


def person_of(claims: Claims) -> User | None:
    """Return whom the issuer and subject stand for. Never asks for the name or the address: those change hands."""
    linked = SocialAccount.objects.filter(provider=configured().issuer, uid=claims["sub"])
    account = linked.select_related("user").first()
    return account and account.user


def _set_role(user: User, role: str) -> bool:
    """Give the role, if it is another. False: this is the last administrator, who stays that."""
    if role_of(user) == role:
        return True
    try:
        give_role(user, role)
    except LastAdministratorError:
        return False
    return True


def _get_or_create_user(claims: Claims) -> tuple[User, bool]:
    """Return the person for a subject that is new here, and whether they had an account already."""
    try:
        with transaction.atomic():
            user = _user_with_address(claims)
            is_linked = user is not None
            user = user or _create_user(claims)
            SocialAccount.objects.create(user=user, provider=configured().issuer, uid=claims["sub"])
            audit_trail.record(user, "linked" if is_linked else "came_in", by=user, provider=configured().name)
    except IntegrityError:
        user = person_of(claims)  # the same person, in another window at this moment
        if user is None:
            raise
        return user, False
    return user, is_linked


def _user_with_address(claims: Claims) -> User | None:
    """Return the only person here with this address, where the provider vouches for it. Raises NotAllowedError."""
    email = str(claims.get("email") or "")
    if not email:
        return None
    # A database may take letters for the same that are none: in PostgreSQL, "ı" and "i".
    alike = User.objects.filter(email__iexact=email)
    everybody = [user for user in alike if _canonical(user.email) == _canonical(email)]
    people = [user for user in everybody if user.is_active]
    if not people:
        if everybody:
            raise NotAllowedError("removed")  # the provider's new name for them is no way back in
        return None
    # One who is linked already is somebody else: two subjects are never one person.
    is_linked = SocialAccount.objects.filter(user__in=people).exists()
    if is_linked or len(people) > 1:
        raise NotAllowedError("taken")
    if claims.get("email_verified") is not True:
        raise NotAllowedError("unproved")
    return people[0]


def _canonical(email: str) -> str:
    return unicodedata.normalize("NFKC", email).casefold()


def _create_user(claims: Claims) -> User:
    wanted = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
    user = User(
        username=_free_name(re.sub(r"[^\w.@+-]", "_", wanted)),
        first_name=str(claims.get("given_name") or "")[:MAX_NAME],
        last_name=str(claims.get("family_name") or "")[:MAX_NAME],
        # One that isn't proved would keep out whom it belongs to: see _user_with_address.
        email=str(claims.get("email") or "") if claims.get("email_verified") is True else "",
        is_staff=True,
    )
    user.set_unusable_password()
    user.save()
    return user


def _free_name(wanted: str) -> str:
    """Return the name, with a number behind it where somebody has it already."""
    name, number = wanted[:MAX_NAME], 1
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted[: MAX_NAME - 8]}-{number}"
    return name
