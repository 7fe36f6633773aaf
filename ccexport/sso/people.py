"""Who may come in: the person an issuer and subject stand for, with exactly the role that a claim gives."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import audit_trail
from ccexport.people.accounts import ROLES, LastAdministratorError, give_role, role_of

from .options import configured

Claims = Mapping[str, Any]
LONGEST_NAME = 150

NO_ROLE = gettext_lazy(
    "Your account at %(provider)s has no role in this application. "
    "Ask whoever manages your groups there to add you to one that may use it, then sign in again."
)
REMOVED = gettext_lazy(
    "You were removed from this application, so you can't sign in. Ask an administrator to let you in again."
)
UNPROVED = gettext_lazy(
    "Somebody here has your e-mail address already, and %(provider)s does not say that it is really yours. "
    "Have it verified there, or ask an administrator to remove the address here."
)
TAKEN = gettext_lazy(
    "Your e-mail address belongs here to somebody who signs in with another account of %(provider)s, or to several "
    "people. Ask an administrator to remove it from them under Permissions, then sign in again."
)


class NotAllowedError(Exception):
    """The person must not come in. The text is the sentence for them."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence) % {"provider": configured().name})


def admit(claims: Claims) -> tuple[User, list[str]]:
    """Return the person, made or brought up to date, and what they should be told. Raises NotAllowedError."""
    user, role = person_of(claims), role_in(claims)
    if user is not None and not user.is_active:
        raise NotAllowedError(REMOVED)
    if not role:
        if user is not None:
            _give(user, "")
        raise NotAllowedError(NO_ROLE)
    told = []
    if user is None:
        user, is_linked = _found_or_made(claims)
        if is_linked:
            told.append(_("Your account here and the one at %(provider)s are one from now on.") % _provider())
    if not _give(user, role):
        told.append(
            _(
                "%(provider)s gives you another role, but you stay Administrator: you are the only active one. "
                "Give somebody else the role Administrator first."
            )
            % _provider()
        )
    return user, told


def role_in(claims: Claims) -> str:
    """Return the highest role that the claim gives; "" for none. The claim is a value or a list of them."""
    found = _claim(claims, configured().role_claim)
    values = found if isinstance(found, list) else [found]
    roles = {configured().roles.get(value) for value in values if isinstance(value, str)}
    return next((role for role in ROLES if role in roles), "")


def person_of(claims: Claims) -> User | None:
    """Return whom the issuer and subject stand for. Never asks for the name or the address: those change hands."""
    linked = SocialAccount.objects.filter(provider=configured().issuer, uid=claims["sub"])
    account = linked.select_related("user").first()
    return account and account.user


def _claim(claims: Claims, name: str) -> Any:
    """Return a claim by its name, or by its path: `realm_access.roles`."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _give(user: User, role: str) -> bool:
    """Give the role, if it is another. False: this is the last administrator, who stays that."""
    if role_of(user) == role:
        return True
    try:
        give_role(user, role)
    except LastAdministratorError:
        return False
    return True


def _found_or_made(claims: Claims) -> tuple[User, bool]:
    """Return the person for a subject that is new here, and whether they had an account already."""
    try:
        with transaction.atomic():
            user = _with_address(claims)
            is_linked = user is not None
            user = user or _made(claims)
            SocialAccount.objects.create(user=user, provider=configured().issuer, uid=claims["sub"])
            audit_trail.record(user, "linked" if is_linked else "came_in", by=user, provider=configured().name)
    except IntegrityError:
        user = person_of(claims)  # the same person, in another window at this moment
        if user is None:
            raise
        return user, False
    return user, is_linked


def _with_address(claims: Claims) -> User | None:
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
            raise NotAllowedError(REMOVED)  # the provider's new name for them is no way back in
        return None
    # One who is linked already is somebody else: two subjects are never one person.
    is_linked = SocialAccount.objects.filter(user__in=people).exists()
    if is_linked or len(people) > 1:
        raise NotAllowedError(TAKEN)
    if claims.get("email_verified") is not True:
        raise NotAllowedError(UNPROVED)
    return people[0]


def _canonical(email: str) -> str:
    return unicodedata.normalize("NFKC", email).casefold()


def _made(claims: Claims) -> User:
    wanted = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
    user = User(
        username=_free_name(re.sub(r"[^\w.@+-]", "_", wanted)),
        first_name=str(claims.get("given_name") or "")[:LONGEST_NAME],
        last_name=str(claims.get("family_name") or "")[:LONGEST_NAME],
        # One that isn't proved would keep out whom it belongs to: see _with_address.
        email=str(claims.get("email") or "") if claims.get("email_verified") is True else "",
        is_staff=True,
    )
    user.set_unusable_password()
    user.save()
    return user


def _free_name(wanted: str) -> str:
    """Return the name, with a number behind it where somebody has it already."""
    name, number = wanted[:LONGEST_NAME], 1
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted[: LONGEST_NAME - 8]}-{number}"
    return name


def _provider() -> dict[str, str]:
    return {"provider": configured().name}
