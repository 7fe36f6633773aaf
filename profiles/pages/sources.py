"""The pages about a profile source: upload a file, look at its attributes, rename it, delete it."""

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
from profiles.deletion import delete_source
from profiles.errors import ImportRefusedError
from profiles.imports.lifecycle import import_marking_damaged, start_import
from profiles.models import ProfileImport, ProfileSource
from profiles.permissions import can_edit_source, can_edit_sources
from web.messages import Message
from web.pages import allowed, may_add, page, record
from web.races import saved

from . import databases as database_views
from .badges import import_badge
from .file_preview import HEAD_BYTES
from .links import source_url
from .removal import removal
from .source_forms import NameForm, UploadForm


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
