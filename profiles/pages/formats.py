"""The choice of how the values of an attribute are written, on the page of its source."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engine.outages import StorageUnavailableError
from profiles.choosing import choose
from profiles.errors import SourceUnavailableError
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
    except (SourceUnavailableError, StorageUnavailableError) as error:
        messages.error(request, str(error))
    else:
        record(request, source, _("Chose how “%(name)s” is written.") % {"name": name[:100]})
        for warning in warnings:
            messages.warning(request, str(warning))
    return redirect(source_url("change", source.pk))
