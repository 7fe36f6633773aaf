"""The page on which one chooses what kind of profile source to add: a tile for each."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from profiles.databases.kinds import Database, all_kinds
from profiles.models import ProfileSource
from profiles.permissions import can_edit_databases, can_edit_sources
from web.messages import Message
from web.pages import allowed, page

from .links import source_url


@dataclass(frozen=True)
class Tile:
    """A kind of source. Without a `url` one can't add it now, and `hint` says why."""

    code: str
    label: Any
    description: Any
    icon: str
    url: str = ""
    hint: str = ""


@require_safe
@allowed(can_edit_sources)
def add(request: HttpRequest) -> HttpResponseBase:
    """Offer every kind of profile source."""
    file = Tile(
        code=ProfileSource.Kind.FILE,
        label=ProfileSource.Kind.FILE.label,
        description=_("A CSV, Excel or Parquet file. It is stored here until you upload a newer one."),
        icon="upload_file",
        url=source_url("add_file"),
    )
    return page(
        request,
        "profiles/add_source.html",
        title=_("Add profile source"),
        model=ProfileSource,
        tiles=[file, *(_tile(kind, request.user) for kind in all_kinds() if kind.code in ProfileSource.Kind)],
    )


def _tile(kind: Database, user: Any) -> Tile:
    hint = url = ""
    if not can_edit_databases(user):
        hint = _("An administrator sets this up.")
    elif not kind.is_installed:
        hint = str(Message("driver_missing", {"kind": str(kind.label), "requirements": kind.requirements}))
    else:
        url = source_url("add_database", kind.code)
    return Tile(kind.code, kind.label, kind.description, kind.icon, url, hint)
