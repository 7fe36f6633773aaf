"""The audit trail as sentences: rows keep names and values, the sentence is made when somebody reads it."""

from collections.abc import Iterator
from typing import Any

from auditlog.models import LogEntry
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from profiles.databases.changes import in_words

from .values import shown

KINDS = {
    "connections.connection": gettext_noop("connection"),
    "connections.consent": gettext_noop("consent"),
    "exports.export": gettext_noop("export"),
    "exports.refreshschedule": gettext_noop("refresh schedule"),
    "exports.exportschedule": gettext_noop("schedule of the export"),
    "profiles.profilesource": gettext_noop("profile source"),
    "profiles.profileimport": gettext_noop("import"),
    "segments.segment": gettext_noop("segment"),
    "auth.user": gettext_noop("person"),
}
DEEDS = {
    "ran": gettext_noop("%(who)s ran the export “%(name)s” (run %(run)s)."),
    "previewed": gettext_noop("%(who)s previewed the export “%(name)s” (run %(run)s)."),
    "sent_plan": gettext_noop("%(who)s sent the previewed plan of the export “%(name)s” (run %(run)s)."),
    "cancelled": gettext_noop("%(who)s cancelled run %(run)s of the export “%(name)s”."),
    "downloaded_left_out": gettext_noop(
        "%(who)s downloaded the left-out profiles of run %(run)s of the export “%(name)s”."
    ),
    "looked_up_person": gettext_noop("%(who)s looked up a person in run %(run)s of the export “%(name)s”."),
    "saw_members": gettext_noop("%(who)s looked at the members of the segment “%(name)s”."),
    "downloaded_members": gettext_noop("%(who)s downloaded the members of the segment “%(name)s”."),
    "saw_sample": gettext_noop("%(who)s looked at some profiles of the profile source “%(name)s”."),
    "database_secret": gettext_noop("%(who)s entered the password or key of the profile source “%(name)s”."),
    "set_up": gettext_noop("%(who)s finished setting up the connection “%(name)s”."),
    "authenticated": gettext_noop("%(who)s connected “%(name)s” to the Constant Contact account of %(organization)s."),
    "needs_reconnecting": gettext_noop("Constant Contact no longer accepts the authorization of “%(name)s”."),
    "tested": gettext_noop("%(who)s tested the connection “%(name)s”."),
    "export_user": gettext_noop("%(who)s became the export user of the connection “%(name)s”."),
    "role": gettext_noop("%(who)s changed the role of “%(name)s” from “%(old)s” to “%(new)s”."),
    "password": gettext_noop("%(who)s set a new password for “%(name)s”."),
    "person_removed": gettext_noop("%(who)s removed “%(name)s”: they can no longer sign in."),
    "signed_in": gettext_noop("%(who)s signed in."),
    "signed_in_at": gettext_noop("%(who)s signed in through %(provider)s."),
    "signed_out": gettext_noop("%(who)s signed out."),
    "came_in": gettext_noop("%(who)s came in for the first time, through %(provider)s."),
    "linked": gettext_noop("The account of “%(name)s” was linked to the one at %(provider)s."),
    "worker_host_retired": gettext_noop("%(who)s retired the worker host “%(name)s”."),
    "alerts_tested": gettext_noop("%(who)s sent a test message to all channels of the alerts."),
}
ROLE_EVENTS = {"role"}
AUTOMATIC = gettext_noop("The system")


def sentences_of(entry: LogEntry) -> list[str]:
    """Return what an entry of the trail says, a sentence for each thing that changed, in the active language."""
    about = {"who": who(entry), "name": entry.object_repr, "kind": kind_of(entry)}
    if entry.action == LogEntry.Action.ACCESS:
        if (entry.additional_data or {}).get("event") == "database_changed":
            return list(_database_changes(entry, about))
        return [_deed(entry, about)]
    if entry.action == LogEntry.Action.CREATE:
        return [_added(entry, about)]
    if entry.action == LogEntry.Action.DELETE:
        return [_("%(who)s removed the %(kind)s “%(name)s”.") % about]
    return list(_changes(entry, about))


def who(entry: LogEntry) -> str:
    """Return the name of who did it; nobody in person: a schedule, a worker or the command line."""
    return entry.actor.get_username() if entry.actor else _(AUTOMATIC)


def kind_of(entry: LogEntry) -> str:
    label = f"{entry.content_type.app_label}.{entry.content_type.model}"
    return _(KINDS[label]) if label in KINDS else entry.content_type.name


def _deed(entry: LogEntry, about: dict[str, str]) -> str:
    details = dict(entry.additional_data or {})
    event = details.pop("event", "")
    if event in ROLE_EVENTS:
        details |= {name: _(details[name]) if details.get(name) else _("No role") for name in ("old", "new")}
    told = _(DEEDS[event]) % {**details, **about} if event in DEEDS else f"{about['who']}: {about['name']}"
    if details.get("trigger") and entry.actor is None:
        return _("The export “%(name)s” ran by itself (run %(run)s).") % {**details, **about}
    return told


def _added(entry: LogEntry, about: dict[str, str]) -> str:
    changes = entry.changes or {}
    if entry.content_type.model == "consent":
        agreed = {"version": _new(changes, "text_version"), "connection": _new(changes, "connection")}
        agreed["who"] = _new(changes, "user")
        told = _(
            "%(who)s agreed to the data privacy and compliance text, version %(version)s, "
            "for the connection “%(connection)s”."
        )
        return told % {**about, **agreed}
    if entry.content_type.model == "profileimport":
        uploaded = {"file": _new(changes, "file_name"), "source": _new(changes, "source")}
        return _("%(who)s imported the file “%(file)s” into the profile source “%(source)s”.") % {**about, **uploaded}
    return _("%(who)s added the %(kind)s “%(name)s”.") % about


def _changes(entry: LogEntry, about: dict[str, str]) -> Iterator[str]:
    model = apps.get_model(entry.content_type.app_label, entry.content_type.model)
    for name, change in (entry.changes or {}).items():
        field = _field(model, name)
        about["field"] = str(getattr(field, "verbose_name", name))
        if isinstance(change, dict):
            yield _many(change, about)
            continue
        old, new = shown(field, change[0]), shown(field, change[1])
        yield _changed(about, old, new)


def _database_changes(entry: LogEntry, about: dict[str, str]) -> Iterator[str]:
    details = entry.additional_data
    for label, old, new in in_words(details["code"], details["changed"]):
        yield _changed({**about, "field": label}, shown(None, old), shown(None, new))


def _changed(about: dict[str, str], old: str, new: str) -> str:
    told = _("%(who)s changed “%(field)s” of the %(kind)s “%(name)s” from “%(old)s” to “%(new)s”.")
    return told % {**about, "old": old, "new": new}


def _many(change: dict[str, Any], about: dict[str, str]) -> str:
    objects = ", ".join(f"“{name}”" for name in change.get("objects", []))
    if change.get("operation") == "add":
        told = _("%(who)s added %(objects)s to “%(field)s” of the %(kind)s “%(name)s”.")
    else:
        told = _("%(who)s took %(objects)s out of “%(field)s” of the %(kind)s “%(name)s”.")
    return told % {**about, "objects": objects}


def _field(model: type[models.Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _new(changes: dict[str, Any], name: str) -> str:
    return str(changes.get(name, ["", ""])[1])
