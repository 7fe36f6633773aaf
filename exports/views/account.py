"""What the form asks of the connected account while it is filled in: its lists and custom fields, and a new list."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST, require_safe

from connections.models import Connection
from exports.destination import lists
from exports.destination.account import AccountError
from exports.destination.custom_fields import custom_fields_of
from exports.destination.field_types import type_label
from exports.models import Export
from exports.permissions import can_create_exports
from exports.plan.overlaps import fields_of
from web.pages import allowed


@require_safe
@allowed(can_create_exports)
def account(request: HttpRequest) -> JsonResponse:
    """The lists whose names hold the words `q`, the custom fields and what they hold, and which fields others fill.

    `problem` says why there are none.
    """
    connection = _connection(request, request.GET.get("connection", ""))
    try:
        found = lists.lists_of(connection, request.GET.get("q", ""))
        fields = custom_fields_of(connection)
    except AccountError as error:
        return JsonResponse({"problem": str(error)})
    others = Export.objects.filter(list_account_id=connection.account_id, connection__isnull=False)
    return JsonResponse(
        {
            "lists": [asdict(each) for each in found],
            "custom_fields": [(target, each.label, type_label(each.type)) for target, each in fields.items()],
            "exports": [{"id": each.pk, "name": each.name, "fields": fields_of(each.mapping)} for each in others],
        }
    )


@require_POST
@allowed(can_create_exports)
def create_list(request: HttpRequest) -> JsonResponse:
    """Make a list in the account; the person has confirmed its name."""
    connection = _connection(request, request.POST.get("connection", ""))
    try:
        made = lists.create(connection, request.POST.get("name", ""))
    except AccountError as error:
        return JsonResponse({"problem": str(error)})
    return JsonResponse({"list": {"list_id": made.list_id, "name": made.name, "members": made.membership_count or 0}})


def _connection(request: HttpRequest, pk: str) -> Any:
    """The connection asked for, among those the person may use: of others one doesn't even learn that they exist."""
    return get_object_or_404(Connection.objects.usable_by(request.user), pk=pk if pk.isdecimal() else None)
