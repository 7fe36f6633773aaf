"""System › Audit: who did what, as sentences, and as a file."""

from collections.abc import Iterator, Sequence
from typing import Any

from auditlog.models import LogEntry
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ccexport.permissions import can_see_audit
from web.csv_download import csv_download
from web.pages import allowed, page

from .search import SearchForm
from .sentences import kind_of, sentences_of, who

PER_PAGE = 50
ICONS = {LogEntry.Action.CREATE: "add_circle", LogEntry.Action.UPDATE: "edit", LogEntry.Action.DELETE: "delete"}


@require_safe
@allowed(can_see_audit)
def audit(request: HttpRequest) -> HttpResponse:
    """The trail, newest first, as far as the search of the address goes."""
    form = SearchForm(request.GET or None)
    pages = Paginator(form.found(), PER_PAGE)
    shown = pages.get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    return page(
        request,
        "ccexport/audit/page.html",
        title=_("Audit"),
        form=form,
        shown=shown,
        rows=[(ICONS.get(entry.action, "bolt"), entry, sentences_of(entry)) for entry in shown],
        asked=asked.urlencode(),
        kept_days=settings.AUDIT_RETENTION_DAYS,
    )


@require_safe
@allowed(can_see_audit)
def download(request: HttpRequest) -> StreamingHttpResponse:
    """Everything that was found as a CSV file, a line for each sentence."""
    names = (_("Time"), _("Person"), _("Kind"), _("Name"), _("What happened"), _("Address"))
    return csv_download(f"audit-{timezone.localdate():%Y-%m-%d}.csv", names, _lines(SearchForm(request.GET or None)))


def _lines(form: SearchForm) -> Iterator[Sequence[Any]]:
    for entry in form.found().iterator(chunk_size=500):
        at = timezone.localtime(entry.timestamp).isoformat(timespec="seconds")
        for sentence in sentences_of(entry):
            yield at, who(entry), kind_of(entry), entry.object_repr, sentence, entry.remote_addr
