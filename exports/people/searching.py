"""Searching the suppressions: by what stands in them, and by an address whatever suppresses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from exports.models import Suppression
from exports.models.suppression import SuppressionQuerySet

from .addresses import domains_of, normalised
from .suppressions import key_maker


def search(rows: SuppressionQuerySet, criteria: Mapping[str, Any]) -> SuppressionQuerySet:
    """Return those that meet all criteria: text, connection ("all" or a number), kind, state, upload; none is blank."""
    if text := normalised(criteria.get("text") or ""):
        rows = rows.filter(_having(text))
    if connection := criteria.get("connection"):
        rows = rows.filter(account_id="") if connection == "all" else rows.filter(connection=connection)
    if kind := criteria.get("kind"):
        rows = rows.filter(kind=kind)
    if state := criteria.get("state"):
        rows = rows.filter(removed_at__isnull=state == "active")
    if upload := criteria.get("upload"):
        rows = rows.filter(upload=upload)
    return rows


def _having(text: str) -> Q:
    """Somebody who types an address also means the domain that it is of, and the one whose clear text was erased."""
    contains = ("email", "domain", "reason", "upload__name", "created_by__username")
    found = Q()
    for name in contains:
        found |= Q(**{f"{name}__icontains": text})
    if "@" in text.strip("@"):
        found |= Q(key=key_maker()(text)) | Q(kind=Suppression.Kind.DOMAIN, domain__in=domains_of(text))
    return found
