"""What somebody says of the values of an attribute, on the page of its source: how they are written, which are none."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engine.outages import StorageUnavailableError
from profiles.choosing import choose, choose_words
from profiles.errors import ProfileError
from profiles.models import ProfileSource
from profiles.permissions import can_edit_sources
from web.pages import allowed, record

from .links import source_url


@require_POST
@allowed(can_edit_sources)
def choose_format(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Have an attribute read as somebody chose."""
    source = get_object_or_404(ProfileSource, pk=pk, kind=ProfileSource.Kind.FILE)
    name = request.POST.get("attribute", "")
    try:
        warnings = choose(source, name, request.POST.get("format", ""))
    except (ProfileError, StorageUnavailableError) as error:
        messages.error(request, str(error))
    else:
        record(request, source, _("Chose how “%(name)s” is written.") % {"name": name[:100]})
        for warning in warnings:
            messages.warning(request, str(warning))
    return redirect(source_url("change", source.pk))


@require_POST
@allowed(can_edit_sources)
def choose_empty_words(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Have words for "nothing" count as empty in an attribute, or as values again."""
    source = get_object_or_404(ProfileSource, pk=pk, kind=ProfileSource.Kind.FILE)
    name, are_empty = request.POST.get("attribute", ""), request.POST.get("empty") == "1"
    try:
        changes = choose_words(source, name, are_empty)
    except (ProfileError, StorageUnavailableError) as error:
        messages.error(request, str(error))
        changes = []
    if changes:
        done, *warnings = map(str, changes)
        change = (
            _("Words for “nothing” in “%(name)s” are empty.")
            if are_empty
            else _("Words for “nothing” in “%(name)s” are values.")
        )
        record(request, source, change % {"name": name})
        messages.success(request, done)
        for warning in warnings:
            messages.warning(request, warning)
    return redirect(source_url("change", source.pk))
