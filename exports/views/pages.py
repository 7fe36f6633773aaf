"""What all pages about exports and runs share: their addresses, the row of the address, the right to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from exports.models import Export, Refresh, Run, Suppression
from web.pages import View, allowed

Right = Callable[[Any, Any], bool]


def for_export(right: Right) -> Callable[[View], View]:
    """Give the view the export of its address, and refuse whoever lacks `right` to it."""
    return allowed(right, Export.objects.select_related("connection", "baseline"))


def for_run(right: Right) -> Callable[[View], View]:
    """Give the view the run of its address, and refuse whoever lacks `right` to it."""
    rows = Run.objects.select_related(
        "export", "export__connection", "baseline", "started_by", "cancel_requested_by", "decided_by"
    )
    return allowed(right, rows)


def on_post_only(view: View) -> View:
    """A change of state: whoever comes by a link or a reload, such as after signing in, is shown the row instead."""

    @wraps(view)
    def checked(request: HttpRequest, row: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST":
            return redirect(home_of(row))
        return view(request, row, *args, **kwargs)

    return checked


def export_url(name: str, *args: Any) -> str:
    """Return the address of a page about exports, such as `export_url("change", export.pk)`."""
    return reverse(f"admin:exports_export_{name}", args=args)


def run_url(name: str, *args: Any) -> str:
    """Return the address of a page about runs, such as `run_url("progress", run.pk)`."""
    return reverse(f"admin:exports_run_{name}", args=args)


def suppression_url(name: str, *args: Any) -> str:
    """Return the address of a page about suppressions, such as `suppression_url("change", row.pk)`."""
    return reverse(f"admin:exports_suppression_{name}", args=args)


def home_of(row: Export | Run | Refresh | Suppression) -> str:
    return reverse(f"admin:exports_{row._meta.model_name}_change", args=[row.pk])
