"""System › Erasures: a person is looked for, erased after a confirmation, and the receipt is handed out.

The address comes in the body of a POST alone, so that no log of addresses holds it.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

import audit_trail
from engine.outages import StorageUnavailableError
from exports.erasing.finding import accounts, find_everywhere
from exports.erasing.lifecycle import AnotherPersonError, ask_again, delete_at_account, start_erasure
from exports.forms.erasure_form import AddressForm, ConfirmForm
from exports.models import Erasure, ErasureStep
from exports.permissions import can_erase
from exports.reports.erasure import badge_of, places_of, receipt_text, what_remains
from web.pages import allowed, page

from .form_scripts import CONTROLS

SHOWN = 50
SHOWN_KEYS = 10
_LIST = "admin:exports_erasure_changelist"
_for_erasure = allowed(lambda user, erasure: can_erase(user), Erasure.objects.select_related("asked_by"))


@require_safe
@allowed(can_erase)
def show_all(request: HttpRequest) -> HttpResponse:
    """The erasures there were, and the form that looks for a person."""
    return _list(request, AddressForm())


@allowed(can_erase)
def look(request: HttpRequest) -> HttpResponse:
    """What we have of an address, before anything is erased."""
    if request.method != "POST":
        return redirect(_LIST)
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    return _confirmation(request, form.cleaned_data["address"], ConfirmForm(initial=form.cleaned_data))


@allowed(can_erase)
def start(request: HttpRequest) -> HttpResponse:
    """Have the person erased whose address was typed twice."""
    if request.method != "POST":
        return redirect(_LIST)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        if "address" in form.errors:
            return redirect(_LIST)
        return _confirmation(request, form.cleaned_data["address"], form)
    erasure, is_new = start_erasure(form.cleaned_data["address"], by=request.user)
    if is_new:
        messages.success(request, _("The erasure has begun. From now on nobody sends this person."))
    else:
        messages.info(request, _("This person is being erased already."))
    return redirect("admin:exports_erasure_change", erasure.pk)


@require_safe
@_for_erasure
def show(request: HttpRequest, erasure: Erasure) -> HttpResponse:
    return page(request, "exports/erasures/page.html", title=str(erasure), row=erasure, **CONTROLS, **_live(erasure))


@require_safe
@_for_erasure
def progress(request: HttpRequest, erasure: Erasure) -> HttpResponse:
    """The part of the page that changes while the erasure goes on; without `data-poll` once it is over."""
    return render(request, "exports/erasures/live.html", _live(erasure))


@_for_erasure
def at_account(request: HttpRequest, erasure: Erasure) -> HttpResponse:
    """Have the contact deleted at Constant Contact too: the second confirmation, with the address typed once more."""
    if request.method == "POST":
        try:
            account = int(request.POST.get("connection", "0") or 0)
            if "understood" not in request.POST:
                messages.error(request, _("Tick the box to confirm that this can't be undone."))
            elif delete_at_account(erasure, account, request.POST.get("address", ""), by=request.user):
                messages.success(request, _("The contact is being deleted at Constant Contact."))
            else:
                messages.info(request, _("That was asked for already."))
        except (AnotherPersonError, ValueError):
            messages.error(request, _("This is not the address that the erasure is of. Nothing was changed."))
    return redirect("admin:exports_erasure_change", erasure.pk)


@_for_erasure
def again(request: HttpRequest, erasure: Erasure) -> HttpResponse:
    """Try again what failed."""
    if request.method == "POST":
        try:
            if ask_again(erasure, request.POST.get("address", ""), by=request.user):
                messages.success(request, _("The erasure goes on."))
        except AnotherPersonError:
            messages.error(request, _("This is not the address that the erasure is of. Nothing was changed."))
    return redirect("admin:exports_erasure_change", erasure.pk)


@require_safe
@_for_erasure
def receipt(request: HttpRequest, erasure: Erasure) -> HttpResponse:
    """The receipt: a page to print, or a text file (`?format=text`)."""
    audit_trail.record(erasure, "erasure_receipt")
    if request.GET.get("format") == "text":
        answer = HttpResponse(receipt_text(erasure), content_type="text/plain; charset=utf-8")
        answer["Content-Disposition"] = content_disposition_header(True, f"erasure-{erasure.pk}.txt")
        return answer
    context = {"erasure": erasure, "places": places_of(erasure), "remains": list(what_remains(erasure))}
    return page(request, "exports/erasures/receipt.html", title=_("Receipt"), row=erasure, **context)


def _list(request: HttpRequest, form: AddressForm) -> HttpResponse:
    rows = [(row, badge_of(row)) for row in Erasure.objects.select_related("asked_by")[:SHOWN]]
    return page(request, "exports/erasures/list.html", title=_("Erasures"), model=Erasure, form=form, rows=rows)


def _confirmation(request: HttpRequest, address: str, form: ConfirmForm) -> HttpResponse:
    try:
        found = find_everywhere(address)
    except StorageUnavailableError as error:
        messages.error(request, str(error))
        return redirect(_LIST)
    context = {
        "address": address,
        "form": form,
        "tables": [each for each in found if each.is_table],
        "sources": [(each, each.keys[:SHOWN_KEYS], len(each.keys) - SHOWN_KEYS) for each in found if not each.is_table],
        "many": [each for each in found if len(each.keys) > SHOWN_KEYS],
        **CONTROLS,
    }
    return page(request, "exports/erasures/confirm.html", title=_("Erase a person"), model=Erasure, **context)


def _live(erasure: Erasure) -> dict[str, Any]:
    asked = erasure.steps.filter(kind=ErasureStep.Kind.ACCOUNT).exclude(state=ErasureStep.State.FAILED)
    taken = set(asked.values_list("connection", flat=True))
    places = places_of(erasure)
    is_over = sum(1 for place in places if place.at)
    return {
        "erasure": erasure,
        "badge": badge_of(erasure),
        "places": places,
        "percent": 100 * is_over // max(len(places), 1),
        "accounts": [connection for connection in accounts() if connection.pk not in taken],
        "progress_url": reverse("admin:exports_erasure_progress", args=[erasure.pk]),
    }
