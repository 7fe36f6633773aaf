"""The rows of a list in the look of the theme, whose own tag renders dozens of templates for each of them.

The theme also repeats its utility classes in every cell, half of the bytes of the page. Here a rule of the style sheet
says them once (`cc-rows`).

Made in the view, not in a template: deep in a stack of templates, Python 3.11 may get and give back a piece of memory
at each of these thousands of short calls, and the page takes twice as long.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from unfold.admin import checkbox
from unfold.templatetags.unfold_list import result_headers

CHECKBOX = "action_checkbox"
ROW = '<tbody class="cc-rows"><tr class="data-row">%s</tr></tbody>'


def table(cl: Any) -> dict[str, Any]:
    """What exports/list/table.html shows of a list whose columns are all methods of its admin."""
    headers = list(result_headers(cl))
    sorted_fields = sum(1 for header in headers if header["sortable"] and header["sorted"])
    columns = []
    for name, header in zip(cl.list_display, headers, strict=True):
        if name == CHECKBOX:
            opening = format_html('<td class="action-checkbox" data-label="{}">', _("Select record"))
            columns.append((opening, _checkbox()))
        else:
            opening = format_html('<td class="field-{}" data-label="{}">', name, header["text"])
            columns.append((opening, getattr(cl.model_admin, name)))
    rows = mark_safe("".join([ROW % "".join(_cells(columns, row)) for row in cl.result_list]))  # noqa: S308 - escaped
    return {"result_headers": headers, "num_sorted_fields": sorted_fields, "rows": rows}


def _cells(columns: list[tuple[SafeString, Any]], row: Model) -> Iterator[str]:
    for opening, value_of in columns:
        yield opening
        yield conditional_escape(value_of(row))
        yield "</td>"


def _checkbox() -> Any:
    """Returns a function: the widget is rendered once, and each row's key put into it."""
    key = "key-of-the-row"
    html = checkbox.render(ACTION_CHECKBOX_NAME, key)
    return lambda row: mark_safe(html.replace(key, conditional_escape(row.pk)))  # noqa: S308 - the widget's own HTML
