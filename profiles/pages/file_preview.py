"""The preview of a file before it travels: its columns, a few rows, and what has to be chosen about it."""

from io import BytesIO
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from profiles.attributes import AttributeType
from profiles.errors import ImportRefusedError
from profiles.files import workbook
from profiles.files.csv_header import preview, recognise_head
from profiles.files.encodings import ENCODINGS, Evidence
from profiles.files.options import DAMAGED
from profiles.files.parquet import MEDIA_TYPE, left_out, recognise_parquet_end
from profiles.files.recognise import likely_key, likely_updated
from profiles.permissions import can_edit_sources
from web.pages import allowed

HEAD_BYTES = 256 * 1024  # of a file, sent here before the file itself is


@require_POST
@allowed(can_edit_sources)
def columns(request: HttpRequest) -> JsonResponse:
    """Say what the beginning of a CSV file, the end of a Parquet file or a small workbook looks like. Stores nothing.

    That is before the whole of it travels here.
    """
    try:
        if request.content_type == MEDIA_TYPE:
            shown = _parquet_columns(request.body)
        elif request.content_type == workbook.MEDIA_TYPE:
            shown = _workbook_columns(request.body, request.GET.get("sheet", ""))
        else:
            shown = _csv_columns(request)
    except ImportRefusedError as error:
        code = error.message.code
        may_choose = code in {"csv_encoding_unknown", "csv_encoding_misfit", DAMAGED}
        choices = {"encodings": may_choose, "damaged": code == DAMAGED}
        return JsonResponse({"problem": str(error), **{name: True for name, holds in choices.items() if holds}})
    if "problem" in shown:
        return JsonResponse(shown)
    likely = {"key": likely_key(shown["names"]), "updated": likely_updated(shown["names"])}
    return JsonResponse({**shown, **likely})


def _csv_columns(request: HttpRequest) -> dict[str, Any]:
    """Look at the beginning of a file and, behind it, at the lines around the first byte that is no UTF-8, if any."""
    chosen, mark_damaged = request.GET.get("encoding", ""), request.GET.get("mark_damaged") == "1"
    length, lines, letters = (_number(request, name) for name in ("head", "lines", "letters"))
    length = min(length or HEAD_BYTES, HEAD_BYTES)
    head = request.body[:length]
    evidence = Evidence(request.body[length:], lines, bool(letters))
    proposal = ""
    try:
        form = recognise_head(head, chosen if chosen in ENCODINGS else "", evidence, mark_damaged=mark_damaged)
        recognised = (
            _("Each letter that is lost is marked �; such rows are shown first. Can you do without these letters?")
            if mark_damaged
            else _("Recognized as %(encoding)s with these columns. Are the values right?")
            % {"encoding": form.encoding_label}
        )
    except ImportRefusedError as error:
        proposal = error.message.details.get("proposal", "")
        if not proposal:
            raise
        form = recognise_head(head, proposal, evidence)
        recognised = _(
            "The file does not say how its letters are stored. Do names and towns look right here? They are read as "
            "%(encoding)s, the most likely way."
        ) % {"encoding": ENCODINGS[proposal]}
    return {
        "names": form.names,
        "rows": preview(head, form, evidence),
        "recognised": recognised,
        "encoding": form.encoding,
        "proposal": proposal,
        "encodings": bool(chosen or proposal or not form.is_proven),
        **({"damaged": True} if mark_damaged else {}),
    }


def _number(request: HttpRequest, name: str) -> int:
    sent = request.GET.get(name, "")
    return int(sent) if sent.isdecimal() and len(sent) < 16 else 0


def _workbook_columns(body: bytes, sheet: str) -> dict[str, Any]:
    seen = workbook.preview_workbook(BytesIO(body), sheet)
    sheets = {"sheets": seen.sheets, "sheet": seen.sheet} if len(seen.sheets) > 1 else {}
    if seen.problem:
        return {"problem": seen.problem, **sheets}
    recognised = _("Recognized as an Excel workbook with these columns. Are the values right?")
    return {"names": seen.names, "rows": seen.rows, "recognised": recognised, **sheets}


def _parquet_columns(body: bytes) -> dict[str, Any]:
    form = recognise_parquet_end(body)
    recognised = _("Recognized as Parquet with these columns and types.")
    types = [str(AttributeType(type).label) for type in form.types.values()]
    return {"names": form.names, "rows": [types], "recognised": " ".join([recognised, *map(str, left_out(form))])}
