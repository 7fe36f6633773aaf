"""Somebody says what the values of an attribute mean, where a file alone does not prove it.

The next upload keeps what was chosen. So nothing can be chosen while a file is on its way, which began with what was
chosen before. Both ways raise SourceUnavailableError, StorageUnavailableError or ImportRefusedError.
"""

from dataclasses import replace

from django.db import transaction

import audit_trail
from engine.sessions import open_engine
from web.messages import Message

from .attributes import Attribute, AttributeType
from .describe import choose_format, describe
from .errors import ImportRefusedError, SourceUnavailableError
from .models import ProfileImport, ProfileSource
from .signals import attributes_change, profiles_changed
from .snapshots import snapshot_path

TEXT = "text"  # what is chosen to have the attribute compared as text


def choose(source: ProfileSource, name: str, format: str) -> list[Message]:
    """Have the attribute read in one of the formats that fit it, or as TEXT, and its segments evaluated anew.

    Returns what people should know about it. Does nothing where the attribute does not have that choice (any more).
    """
    attribute = source.attribute(name)
    if attribute is None or format not in (*attribute.formats, TEXT) or not attribute.formats:
        return []
    chosen = replace(attribute, type=AttributeType.TEXT.value, format="", sql_type="")
    if format != TEXT:
        with snapshot_path(source) as path, open_engine(reach=[path]) as duck:
            chosen = choose_format(duck, path, attribute, format)
    return _save(source, attribute, chosen)


def choose_words(source: ProfileSource, name: str, are_empty: bool) -> list[Message]:
    """Have words for "nothing" count as empty in an attribute, or as values again, and its segments evaluated anew.

    Its type is proved anew by the values that are left: "1, 2, NULL" are numbers then. Returns what people should know
    about it. Does nothing where the attribute has no such words, is the key, or has it so already.
    """
    attribute = source.attribute(name)
    if attribute is None or not attribute.may_choose_words or name == source.key_attribute:
        return []
    if attribute.words_are_empty == are_empty:  # clicked twice
        return []
    known = replace(attribute, words_are_empty=are_empty)
    others = [one for one in source.attributes() if one.name != name]
    done = source.imports.filter(state=ProfileImport.State.DONE).first()
    declared = {name: attribute.type} if done and done.is_parquet else {}  # the file itself says what it is
    with snapshot_path(source) as path, open_engine(reach=[path]) as duck:
        (chosen,) = describe(duck, path, [name], lambda share: None, declared, [known], others)
    code = "words_are_empty" if are_empty else "words_are_values"
    with transaction.atomic():
        warnings = _save(source, attribute, chosen)
        audit_trail.record(source, code, attribute=name)
    return [Message(code, {"name": name, "count": sum(times for _word, times in chosen.empty_words)}), *warnings]


def _save(source: ProfileSource, before: Attribute, chosen: Attribute) -> list[Message]:
    """Put `chosen` in the place of an attribute, and return what people should know about it."""
    with transaction.atomic():
        present = ProfileSource.objects.select_for_update().filter(pk=source.pk, snapshot=source.snapshot).first()
        if present is None or present.attribute(chosen.name) != before:  # a new file came meanwhile, or another choice
            raise SourceUnavailableError("source_changed_meanwhile")
        if present.imports.filter(state__in=ProfileImport.OPEN).exists():
            raise ImportRefusedError("import_under_way", source=present.name)
        attributes = [chosen if one.name == chosen.name else one for one in present.attributes()]
        answers = attributes_change.send(ProfileSource, source=present, attributes=attributes)
        ProfileSource.objects.filter(pk=present.pk).update(columns=[attribute.as_json() for attribute in attributes])
        profiles_changed.send(ProfileSource, source_id=present.pk)
    broken = [name for _receiver, names in answers for name in names or ()]
    return [Message("segments_no_longer_fit", {"segments": broken})] if broken else []
