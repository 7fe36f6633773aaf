"""manage.py import_profiles FILE --source NAME --key COLUMN [--updated COLUMN] [--encoding NAME] [--mark-damaged]
[--sheet NAME]"""

import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat
from tqdm import tqdm

from profiles.attributes import Attribute
from profiles.files.encodings import ENCODINGS, encoding_called
from profiles.imports.lifecycle import import_now
from profiles.models import ProfileImport, ProfileSource
from web.messages import MessageError


class Command(BaseCommand):
    help = (
        "Imports a CSV, Excel or Parquet file of customer profiles into a profile source, "
        "which is created if there is none of that name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, help="a CSV or .xlsx file (a header line, then one line per profile) or a Parquet file"
        )
        parser.add_argument("--source", required=True, help="name of the profile source")
        parser.add_argument("--key", required=True, help="column that is different in every line")
        parser.add_argument(
            "--encoding",
            type=_encoding,
            help="of a CSV file that is neither UTF-8 nor UTF-16, for example windows-1252",
        )
        parser.add_argument(
            "--mark-damaged",
            action="store_true",
            help="read a CSV file also where bytes of it are no letter, and mark these places with \ufffd",
        )
        parser.add_argument("--sheet", default="", help="of an Excel workbook with several; the first one if not named")
        parser.add_argument("--updated", default="", help="column that says when a profile was last updated")

    def handle(
        self,
        *,
        file: Path,
        source: str,
        key: str,
        updated: str,
        encoding: str | None,
        mark_damaged: bool,
        sheet: str,
        **options: Any,
    ) -> None:
        self._check(file)
        began = time.monotonic()
        profile_source, created = ProfileSource.objects.get_or_create(name=source, defaults={"key_attribute": key})
        try:
            with tqdm(total=100, unit="%", desc=file.name, disable=not sys.stderr.isatty(), leave=False) as bar:
                done = import_now(
                    profile_source,
                    file,
                    key=key,
                    updated=updated,
                    encoding=encoding or "",
                    mark_damaged=mark_damaged,
                    sheet=sheet[:255],
                    report=lambda percent: bar.update(percent - bar.n),
                )
        except MessageError as error:
            if created:
                profile_source.delete()
            raise CommandError(str(error)) from None
        self._summarise(done, time.monotonic() - began)

    def _check(self, file: Path) -> None:
        if not file.is_file():
            raise CommandError(f"There is no file {file}. Check the path.")
        if file.stat().st_size > settings.SOURCE_MAX_BYTES:
            limit = filesizeformat(settings.SOURCE_MAX_BYTES)
            raise CommandError(
                f"{file} is larger than {limit}. Remove columns that nobody needs, or raise SOURCE_MAX_BYTES."
            )

    def _summarise(self, done: ProfileImport, seconds: float) -> None:
        source = ProfileSource.objects.get(pk=done.source_id)
        self.stdout.write(
            f"{source.name}: {source.row_count:,} profiles from {done.file_name} "
            f"({done.encoding or done.format_label}) in {seconds:.1f} s"
        )
        width = max(len(attribute.name) for attribute in source.attributes())
        for attribute in source.attributes():
            line = f"  {attribute.name:<{width}}  {attribute.type_label:<13}  {attribute.filled:>4.0%} filled"
            self.stdout.write(f"{line}  {_marks(source, attribute)}".rstrip())
        for warning in done.warnings:
            self.stdout.write(self.style.WARNING(str(warning)))


def _encoding(name: str) -> str:
    try:
        return encoding_called(name)
    except LookupError:
        raise ArgumentTypeError(f"choose one of {', '.join(ENCODINGS)}") from None


def _marks(source: ProfileSource, attribute: Attribute) -> str:
    marks = {
        "key": attribute.name == source.key_attribute,
        "last updated": attribute.name == source.updated_attribute,
        "looks like email": attribute.looks_like_email,
    }
    return ", ".join(mark for mark, holds in marks.items() if holds)
