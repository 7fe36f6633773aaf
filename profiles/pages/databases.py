"""The pages about a profile source in a database: set it up, test it, look at it, refresh it."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import audit_trail
from profiles.databases.changes import changes_between
from profiles.databases.checking import CHECK_SECONDS, check
from profiles.databases.kinds import all_kinds, kind_of
from profiles.databases.refreshing import ask_refresh
from profiles.errors import ProfileError
from profiles.models import DatabaseAddress, ProfileSource
from profiles.permissions import can_edit_databases, can_edit_sources
from web.messages import Message
from web.pages import allowed, may_add, page, record
from web.races import ChangedMeanwhileError, saved

from .badges import database_badge
from .database_form import DatabaseForm, version_of
from .links import source_url

# All but the secrets, which somebody else may just have entered anew.
PLAIN = ["options", "schema", "table", "refresh_asked_at", "refresh_claimed_until"]


@allowed(can_edit_databases)
def add(request: HttpRequest, database: str) -> HttpResponseBase:
    """Make a source out of a table or view."""
    if database not in {kind.code for kind in all_kinds()}:
        raise Http404
    source = ProfileSource(kind=database, created_by=request.user)  # type: ignore[misc]
    return _answer(request, DatabaseForm(kind_of(database), source, DatabaseAddress(), request.POST or None))


@allowed(can_edit_databases)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Change where the table of a source is."""
    address = get_object_or_404(DatabaseAddress.objects.select_related("source").defer("secrets"), source=pk)
    return _answer(request, DatabaseForm(kind_of(address.source.kind), address.source, address, request.POST or None))


def _answer(request: HttpRequest, form: DatabaseForm) -> HttpResponseBase:
    """Test or save a form that was sent and is right; else show it (again)."""
    tested = None
    if request.method == "POST" and form.is_valid():
        address = form.fill()
        if "test" in request.POST:
            tested = _tested(address)
        elif answer := _save(request, address, form):
            return answer
    if request.method == "POST" and request.headers.get("X-Requested-With") == "XMLHttpRequest":
        if tested is None:
            name, errors = next(iter(form.errors.items()))
            text = f"{form[name].label}: {errors[0]}"
            tested = {"tone": "danger", "title": _("Fill in the form first."), "text": text}
        return JsonResponse({"html": render_to_string("web/callout.html", tested, request)})
    is_new = form.source.pk is None
    return page(
        request,
        "profiles/databases/edit.html",
        title=_("Add profile source") if is_new else _("Change the database"),
        model=ProfileSource,
        row=None if is_new else ProfileSource.objects.get(pk=form.source.pk),
        source=form.source,
        kind=form.kind,
        form=form,
        tested=tested,
        cancel=source_url("add") if is_new else source_url("change", form.source.pk),
    )


def _tested(address: DatabaseAddress) -> dict[str, Any]:
    """Return a callout that says whether everything works. Nothing is saved."""
    try:
        complete = check(address, address.source.key_attribute, address.source.updated_attribute)
    except ProfileError as error:
        return _failed(error)
    text = _("The table was found and its key is unique.")
    if not complete:
        text = _("The key was not checked within %(seconds)s seconds; that is done once the source is saved.")
        text %= {"seconds": CHECK_SECONDS}
    return {"tone": "success", "title": _("The connection works."), "text": text}


def _failed(error: ProfileError) -> dict[str, Any]:
    return {"tone": "danger", "title": _("The connection does not work yet."), "text": str(error)}


def _save(request: HttpRequest, address: DatabaseAddress, form: DatabaseForm) -> HttpResponseBase | None:
    """Save, or say why not. None: the form says it."""
    source = address.source
    is_new = source.pk is None
    try:
        kept = saved(form, lambda: _keep(request, address, form))
    except ChangedMeanwhileError:
        messages.warning(request, str(Message("source_changed_meanwhile")))
        return redirect(source_url("change", source.pk))
    if kept is None:
        if is_new:
            source.pk, source._state.adding = None, True  # made, and taken back again
        return None
    record(request, source, _("Added.") if is_new else _("Changed the database."), *([ADDITION] if is_new else []))
    messages.success(request, _("The profile source “%(name)s” is saved.") % {"name": source.name})
    if form.drops_secret:
        dropped = _(
            "The server or the user has changed, so the stored password was dropped. Enter one if it is needed."
        )
        messages.warning(request, dropped)
    return redirect(source_url("change", source.pk))


def _keep(request: HttpRequest, address: DatabaseAddress, form: DatabaseForm) -> ProfileSource:
    """Write source and address, unless somebody else did since the page was opened.

    Raises ChangedMeanwhileError, or IntegrityError when the name was taken a moment ago.
    """
    source = address.source
    with transaction.atomic():
        before = None
        if source.pk is None:
            source.save()
        else:
            # Held, so that nobody else changes them until the transaction ends.
            get_object_or_404(ProfileSource.objects.select_for_update(no_key=True), pk=source.pk)
            before = DatabaseAddress.objects.select_related("source").defer("secrets").get(source=source)
            if version_of(before) != (form.data.get("seen") or form.seen):
                raise ChangedMeanwhileError
            source.save(update_fields=["name", "key_attribute", "updated_attribute"])
        # Whoever is describing the table of before loses the claim.
        address.source, address.refresh_asked_at, address.refresh_claimed_until = source, None, None
        address.save(update_fields=None if before is None or form.changes_secrets else PLAIN)
        if changed := changes_between(before or DatabaseAddress(), address):
            audit_trail.record(source, "database_changed", code=source.kind, changed=changed)
        if form.has_secret:
            audit_trail.record(source, "database_secret")
        ask_refresh(source)
    return source


@require_POST
@allowed(can_edit_sources)
def test(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say whether a source still works as it is stored."""
    source = get_object_or_404(ProfileSource, pk=pk, database__isnull=False)
    try:
        result = _tested(source.address())
    except ProfileError as error:
        result = _failed(error)
    level = messages.SUCCESS if result["tone"] == "success" else messages.ERROR
    messages.add_message(request, level, f"{result['title']} {result['text']}")
    return redirect(source_url("change", pk))


@require_POST
@allowed(can_edit_sources)
def refresh(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Have a worker look at the table again."""
    source = get_object_or_404(ProfileSource, pk=pk, database__isnull=False)
    ask_refresh(source)
    return redirect(source_url("change", pk))


def show(request: HttpRequest, source: ProfileSource) -> HttpResponseBase:
    """Show what a source in a database holds. The caller has asked for the right to see it."""
    address = DatabaseAddress.objects.defer("secrets").get(source=source)
    kind = kind_of(source.kind)
    return page(
        request,
        "profiles/databases/source.html",
        title=source.name,
        model=ProfileSource,
        row=source,
        source=source,
        address=address,
        badge=database_badge(address),
        server=address.options.get(kind.server_field, ""),
        attributes=source.attributes(),
        segments=source.segments.all(),
        may_edit_database=can_edit_databases(request.user),
        may_refresh=can_edit_sources(request.user),
        may_edit_segments=may_add(request, "segments.Segment"),
    )


def progress(request: HttpRequest, source: ProfileSource) -> JsonResponse:
    """Say whether the refresh of a source is still going on."""
    return JsonResponse(
        {"open": DatabaseAddress.objects.filter(source=source, refresh_asked_at__isnull=False).exists()}
    )
