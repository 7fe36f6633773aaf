"""Somebody says how the values of an attribute are written, where a file alone does not prove it."""

from dataclasses import replace

from django.db import transaction

from engine.sessions import open_engine
from web.messages import Message

from .attributes import Attribute, AttributeType
from .describe import choose_format
from .models import ProfileSource
from .signals import attributes_change, profiles_changed
from .snapshots import snapshot_path

TEXT = "text"  # what is chosen to have the attribute compared as text


def choose(source: ProfileSource, name: str, format: str) -> list[Message]:
    """Have the attribute read in one of the formats that fit it, or as TEXT, and its segments evaluated anew.

    Returns what people should know about it. Does nothing where the attribute does not have that choice (any more).
    The next upload keeps the choice. Raises SourceUnavailableError or StorageUnavailableError.
    """
    attribute = source.attribute(name)
    if attribute is None or format not in (*attribute.formats, TEXT) or not attribute.formats:
        return []
    chosen = replace(attribute, type=AttributeType.TEXT.value, format="", sql_type="")
    if format != TEXT:
        with snapshot_path(source) as path, open_engine(reach=[path]) as duck:
            chosen = choose_format(duck, path, attribute, format)
    with transaction.atomic():
        present = ProfileSource.objects.select_for_update().filter(pk=source.pk, snapshot=source.snapshot).first()
        if present is None:  # a new file came meanwhile
            return []
        attributes = [chosen if one.name == name else one for one in present.attributes()]
        return _save(present, attributes)


def _save(source: ProfileSource, attributes: list[Attribute]) -> list[Message]:
    answers = attributes_change.send(ProfileSource, source=source, attributes=attributes)
    ProfileSource.objects.filter(pk=source.pk).update(columns=[attribute.as_json() for attribute in attributes])
    profiles_changed.send(ProfileSource, source_id=source.pk)
    broken = [name for _receiver, names in answers for name in names or ()]
    return [Message("segments_no_longer_fit", {"segments": broken})] if broken else []
