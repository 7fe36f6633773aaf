"""The audit trail as sentences: rows keep names and values, the sentence is made when somebody reads it."""

from collections.abc import Iterator, Mapping
from typing import Any

from auditlog.models import LogEntry
from django.apps import apps
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ccexport.messages import EVENT_TEXTS
from profiles.databases.changes import in_words
from web.messages import Message

from .values import display_value

KINDS = {
    "connections.connection": gettext_noop("connection"),
    "connections.consent": gettext_noop("consent"),
    "exports.export": gettext_noop("export"),
    "exports.erasure": gettext_noop("erasure"),
    "exports.refreshschedule": gettext_noop("refresh schedule"),
    "exports.exportschedule": gettext_noop("schedule of the export"),
    "exports.suppression": gettext_noop("suppression"),
    "exports.suppressionupload": gettext_noop("file of suppressions"),
    "profiles.profilesource": gettext_noop("profile source"),
    "profiles.profileimport": gettext_noop("import"),
    "segments.segment": gettext_noop("segment"),
    "auth.user": gettext_noop("person"),
}
AUTOMATIC = gettext_noop("The system")


def sentences_of(entry: LogEntry) -> list[str]:
    """Return what an entry of the trail says, a sentence for each thing that changed, in the active language."""
    about = {"who": who(entry), "name": entry.object_repr, "kind": kind_of(entry)}
    if entry.action == LogEntry.Action.ACCESS:
        details = entry.additional_data or {}
        if details.get("event") == "database_changed":
            return [
                _text("row_changed", about, field=label, old=display_value(None, old), new=display_value(None, new))
                for label, old, new in in_words(details["code"], details["changed"])
            ]
        return [_event_text(entry, about)]
    changes = entry.changes or {}
    if entry.action == LogEntry.Action.CREATE:
        if entry.content_type.model == "consent":
            agreed = {"version": _new(changes, "text_version"), "connection": _new(changes, "connection")}
            return [_text("consent_given", {**about, **agreed, "who": _new(changes, "user")})]
        if entry.content_type.model == "profileimport":
            return [_text("file_imported", about, file=_new(changes, "file_name"), source=_new(changes, "source"))]
        return [_text("row_added", about)]
    if entry.action == LogEntry.Action.DELETE:
        return [_text("row_removed", about)]
    return list(_changes(entry, about))


def who(entry: LogEntry) -> str:
    """Return the name of who did it; nobody in person: a schedule, a worker or the command line."""
    return entry.actor.get_username() if entry.actor else _(AUTOMATIC)


def kind_of(entry: LogEntry) -> str:
    label = f"{entry.content_type.app_label}.{entry.content_type.model}"
    return _(KINDS[label]) if label in KINDS else entry.content_type.name


def _text(code: str, about: Mapping[str, Any], /, **details: Any) -> str:
    return str(Message(f"audit.{code}", {**details, **about}))


def _event_text(entry: LogEntry, about: dict[str, str]) -> str:
    details = {name: value if value is None else str(value) for name, value in (entry.additional_data or {}).items()}
    event = details.pop("event", "")
    if event == "role":
        details |= {name: _(details.get(name) or "No role") for name in ("old", "new")}
    if details.get("trigger") and entry.actor is None:
        event = "ran_by_itself"
    return _text(event, about, **details) if event in EVENT_TEXTS else f"{about['who']}: {about['name']}"


def _changes(entry: LogEntry, about: dict[str, str]) -> Iterator[str]:
    model = apps.get_model(entry.content_type.app_label, entry.content_type.model)
    fields = {field.name: field for field in model._meta.get_fields()}
    for name, change in (entry.changes or {}).items():
        field = fields.get(name)
        about["field"] = str(getattr(field, "verbose_name", name))
        if isinstance(change, dict):
            objects = ", ".join(f"“{name}”" for name in change.get("objects", []))
            added = change.get("operation") == "add"
            yield _text("objects_added" if added else "objects_removed", about, objects=objects)
            continue
        yield _text("row_changed", about, old=display_value(field, change[0]), new=display_value(field, change[1]))


def _new(changes: dict[str, Any], name: str) -> str:
    return str(changes.get(name, ["", ""])[1])
