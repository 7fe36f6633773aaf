"""The pages about a profile source: upload a file, look at its attributes, rename it, delete it."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import ADDITION
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from unfold.widgets import SELECT_CLASSES

import audit_trail
from engine.outages import StorageUnavailableError
from profiles.attributes import AttributeType
from profiles.deletion import delete_source
from profiles.errors import ImportRefusedError
from profiles.files import workbook
from profiles.files.csv_header import preview, recognise_head
from profiles.files.encodings import ENCODINGS, Evidence
from profiles.files.parquet import MEDIA_TYPE, left_out, recognise_parquet_end
from profiles.files.recognise import likely_key, likely_updated
from profiles.imports.lifecycle import import_marking_damaged, start_import
from profiles.models import ProfileImport, ProfileSource
from profiles.permissions import can_edit_source, can_edit_sources
from web.messages import Message
from web.pages import allowed, may_add, page, record
from web.races import saved

from . import databases as database_views
from .badges import import_badge
from .links import source_url
from .removal import removal
from .source_forms import NameForm, UploadForm

HEAD_BYTES = 256 * 1024  # of a file, sent to `columns` before the file itself is


@allowed(can_edit_sources)
def add_file(request: HttpRequest) -> HttpResponseBase:
    """Make a source out of a name and a file."""
    sent = request.method == "POST"
    name = NameForm(request.POST if sent else None)
    upload = UploadForm(request.POST or None, request.FILES or None) if sent else UploadForm()
    if sent and name.is_valid() & upload.is_valid():
        source = name.save(commit=False)
        source.created_by, source.key_attribute = request.user, upload.cleaned_data["key_attribute"]
        return _start(request, source, upload, name)
    return _answer(request, upload, name)


@allowed(can_edit_sources)
def upload(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a new file for a source. Its profiles stay in use until the new ones are whole."""
    source = get_object_or_404(ProfileSource, pk=pk, kind=ProfileSource.Kind.FILE)
    if request.method != "POST":
        done = source.imports.filter(state=ProfileImport.State.DONE).first()
        before = {
            "key_attribute": source.key_attribute,
            "updated_attribute": source.updated_attribute,
            "sheet": done.sheet if done else "",
        }
        return _answer(request, UploadForm(initial=before), source=source)
    form = UploadForm(request.POST, request.FILES)
    return _start(request, source, form) if form.is_valid() else _answer(request, form, source=source)


def _start(
    request: HttpRequest, source: ProfileSource, form: UploadForm, name: NameForm | None = None
) -> HttpResponseBase:
    """Start the import; `name` is the form of a source that is made with it."""
    data = form.cleaned_data
    names = {"key": data["key_attribute"], "updated": data["updated_attribute"]}
    try:
        job = saved(name or form, lambda: start_import(source, data["file"], by=request.user, **names, **form.options))
    except (ImportRefusedError, StorageUnavailableError) as error:
        form.add_error("file", str(error))
        return _answer(request, form, name, None if name else source)
    if job is None:
        return _answer(request, form, name, None if name else source)
    if name:
        record(request, source, _("Added."), ADDITION)
    record(request, source, _("Uploaded %(file)s.") % {"file": job.file_name})
    address = source_url("change", source.pk)
    return JsonResponse({"location": address}) if _is_script(request) else redirect(address)


def _answer(
    request: HttpRequest, upload: UploadForm, name: NameForm | None = None, source: ProfileSource | None = None
) -> HttpResponseBase:
    """The page with its form; to the script, which sends a file while it shows how far it is, only what is wrong."""
    if request.method == "POST" and _is_script(request):
        errors = {**upload.errors, **(name.errors if name else {})}
        return JsonResponse({"errors": {field: list(sentences) for field, sentences in errors.items()}})
    return page(
        request,
        "profiles/upload.html",
        title=_("Upload a new file") if source else _("Add profile source"),
        model=ProfileSource,
        row=source,
        source=source,
        form=upload,
        name_form=name,
        max_bytes=settings.SOURCE_MAX_BYTES,
        head_bytes=HEAD_BYTES,
        max_end_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        cancel=source_url("change", source.pk) if source else source_url("add"),
    )


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "XMLHttpRequest"


@require_POST
@allowed(can_edit_sources)
def columns(request: HttpRequest) -> JsonResponse:
    """Say what the beginning of a CSV file, the end of a Parquet file or a small workbook looks like. Stores nothing.

    That is before the whole of it travels here.
    """
    try:
        if request.content_type == MEDIA_TYPE:
            looked = _parquet_columns(request.body)
        elif request.content_type == workbook.MEDIA_TYPE:
            looked = _workbook_columns(request.body, request.GET.get("sheet", ""))
        else:
            looked = _csv_columns(request)
    except ImportRefusedError as error:
        code = error.message.code
        may_choose = code in {"csv_encoding_unknown", "csv_encoding_misfit", "csv_utf_8_damaged"}
        choices = {"encodings": may_choose, "damaged": code == "csv_utf_8_damaged"}
        return JsonResponse({"problem": str(error), **{name: True for name, holds in choices.items() if holds}})
    if "problem" in looked:
        return JsonResponse(looked)
    likely = {"key": likely_key(looked["names"]), "updated": likely_updated(looked["names"])}
    return JsonResponse({**looked, **likely})


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
    look = workbook.look_at_workbook(BytesIO(body), sheet)
    sheets = {"sheets": look.sheets, "sheet": look.sheet} if len(look.sheets) > 1 else {}
    if look.problem:
        return {"problem": look.problem, **sheets}
    recognised = _("Recognized as an Excel workbook with these columns. Are the values right?")
    return {"names": look.names, "rows": look.rows, "recognised": recognised, **sheets}


def _parquet_columns(body: bytes) -> dict[str, Any]:
    form = recognise_parquet_end(body)
    recognised = _("Recognized as Parquet with these columns and types.")
    types = [str(AttributeType(type).label) for type in form.types.values()]
    return {"names": form.names, "rows": [types], "recognised": " ".join([recognised, *map(str, left_out(form))])}


def show(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show what a source holds. A POST by those who may gives it another name."""
    source = get_object_or_404(ProfileSource.objects.select_related("created_by"), pk=pk)
    if source.is_in_database:
        return database_views.show(request, source)
    may_edit = can_edit_sources(request.user)
    # A row of its own: a name that is refused must not stand in the page's head.
    form = NameForm(request.POST or None, instance=ProfileSource.objects.get(pk=pk)) if may_edit else None
    if form and request.method == "POST" and form.is_valid() and (answer := _rename(request, source, form)):
        return answer
    imports = source.imports.select_related("created_by")
    last = imports.first()
    done = imports.filter(state=ProfileImport.State.DONE).first()
    context: dict[str, Any] = {"job": last, "done": done, "form": form, "may_edit": may_edit}
    return page(
        request,
        "profiles/source.html",
        title=source.name,
        model=ProfileSource,
        row=source,
        source=source,
        attributes=source.attributes(),
        segments=source.segments.all(),
        may_edit_segments=may_add(request, "segments.Segment"),
        badge=import_badge(source, last.state if last else None),
        select_classes=" ".join(SELECT_CLASSES),
        **context,
    )


def _rename(request: HttpRequest, source: ProfileSource, form: NameForm) -> HttpResponseBase | None:
    """Rename the source whose page was open, unless somebody else did meanwhile. None: the form says why not."""
    name, seen = form.cleaned_data["name"], request.POST.get("seen", source.name)

    def rename() -> bool:
        with audit_trail.changes_of(source):
            return bool(ProfileSource.objects.filter(pk=source.pk, name=seen).update(name=name))

    renamed = saved(form, rename)
    if renamed is None:
        return None
    if renamed:
        record(request, source, _("Renamed to %(name)s.") % {"name": name})
        messages.success(request, _("The name is saved."))
    else:
        messages.warning(request, str(Message("source_changed_meanwhile")))
    return redirect(source_url("change", source.pk))


@require_POST
@allowed(can_edit_sources)
def mark_damaged(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Import the file again that failed for damaged letters, with these marked."""
    source = get_object_or_404(ProfileSource, pk=pk, kind=ProfileSource.Kind.FILE)
    failed = source.imports.first()
    if failed:
        try:
            import_marking_damaged(failed, request.user)
        except ImportRefusedError as error:
            messages.error(request, str(error))
        else:
            record(request, source, _("Had the damaged letters of %(file)s marked.") % {"file": failed.file_name})
    return redirect(source_url("change", source.pk))


def progress(request: HttpRequest, pk: int) -> JsonResponse:
    """Say how far the source's import is, for the script that asks while one is on its way."""
    source = ProfileSource.objects.filter(pk=pk).first()
    if source and source.is_in_database:
        return database_views.progress(request, source)
    job = get_object_or_404(ProfileSource, pk=pk).imports.first()
    if job is None or not job.is_open:
        return JsonResponse({"open": False})
    return JsonResponse({"open": True, "html": render_to_string("profiles/progress.html", {"job": job}, request)})


@allowed(can_edit_sources)
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Ask whether the source should be deleted; a POST deletes it. Refused while segments are made of it."""
    source = get_object_or_404(ProfileSource, pk=pk)
    if not can_edit_source(request.user, source):
        raise PermissionDenied
    return removal(
        request,
        source,
        delete_source,
        source_url,
        title=_("Delete profile source"),
        deleted=_("The profile source “%(name)s” is deleted."),
    )
