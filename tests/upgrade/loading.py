"""Puts the fixture into a database of its own: as it is into SQLite, row by row into PostgreSQL."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import sys
import tarfile
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEYS = json.loads((HERE / "keys.json").read_text())
RIGHTS = json.loads((HERE / "rights.json").read_text())


def load_dump(file: Path) -> None:
    """Make the SQLite database as the old version left it."""
    with closing(sqlite3.connect(file)) as database:
        database.executescript(gzip.decompress((HERE / "e047fd8.sql.gz").read_bytes()).decode())


def unpack_files(var: Path) -> None:
    with tarfile.open(HERE / "e047fd8-files.tar.gz") as archive:
        archive.extractall(var)  # our own; Python knows filters from 3.11.4 on only


def copy_rows(file: Path) -> None:
    """Bring Django's database to the migrations of the old version, and all rows of `file` into it."""
    import django

    django.setup()
    from django.core.management.color import no_style
    from django.db import connection, connections, transaction
    from django.db.migrations.executor import MigrationExecutor

    with closing(sqlite3.connect(file)) as database:
        applied = set(database.execute("SELECT app, name FROM django_migrations"))
    executor = MigrationExecutor(connection)
    # Of each app the last that had been applied.
    targets = [
        node
        for node in applied & set(executor.loader.graph.nodes)
        if not applied
        & {child.key for child in executor.loader.graph.node_map[node].children if child.key[0] == node[0]}
    ]
    executor.migrate(targets)
    connections.settings["old"] = connections.settings["default"] | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(file),
        "OPTIONS": {},
    }
    models = executor.loader.project_state(targets).apps.get_models(include_auto_created=True)
    with transaction.atomic():  # references are checked at its end
        for model in models:
            for field in model._meta.fields:
                field.auto_now = field.auto_now_add = False  # the moments stay what they were
            if model._meta.db_table != "django_migrations":
                model._default_manager.all().delete()
                model._default_manager.bulk_create(model._default_manager.using("old").all())
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), models):
                cursor.execute(statement)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccexport.settings")
    copy_rows(Path(sys.argv[1]))
