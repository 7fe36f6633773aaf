"""The rows of a list in the look of the theme, whose own tag renders dozens of templates for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any

from django import template
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from unfold.admin import checkbox
from unfold.templatetags.unfold_list import CHECKBOX_CLASSES, ROW_CLASSES, result_headers

register = template.Library()

CHECKBOX = "action_checkbox"
STRIPES = ("", "bg-base-50 dark:bg-white/[.02]")
ROW = (
    '<tbody class="block relative lg:table-row-group %s"><tr class="data-row block border border-base-200 mb-3 '
    'relative rounded-default lg:table-row lg:border-none lg:mb-0 lg:rounded-none dark:border-base-800">%s</tr></tbody>'
)


@register.inclusion_tag("exports/list/table.html")
def quick_result_list(cl: Any) -> dict[str, Any]:
    """For a list whose columns are all methods of its admin, and which has neither links nor fields of its own."""
    headers = list(result_headers(cl))
    sorted_fields = sum(1 for header in headers if header["sortable"] and header["sorted"])
    return {"cl": cl, "result_headers": headers, "num_sorted_fields": sorted_fields, "rows": _rows(cl, headers)}


def _rows(cl: Any, headers: list[dict[str, Any]]) -> SafeString:
    columns = [
        (_opening(name, header), _checkbox() if name == CHECKBOX else getattr(cl.model_admin, name))
        for name, header in zip(cl.list_display, headers, strict=True)
    ]
    stripes = cycle(STRIPES)
    rows = (ROW % (next(stripes), "".join(_cells(columns, each))) for each in cl.result_list)
    return mark_safe("".join(rows))  # noqa: S308 - every value was escaped in _cells


def _opening(name: str, header: dict[str, Any]) -> SafeString:
    classes = CHECKBOX_CLASSES if name == CHECKBOX else [f"field-{name}", *ROW_CLASSES]
    label = _("Select record") if name == CHECKBOX else header["text"]
    return format_html('<td class="{}" data-label="{}">', " ".join(classes), label)


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
