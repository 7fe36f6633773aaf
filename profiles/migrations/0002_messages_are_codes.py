"""What is wrong with an import or a database is kept as a code with details, no longer as an English sentence."""

from django.db import migrations

from profiles.migrations._codes import convert

COLUMNS = (
    ("ProfileImport", "stored_problem"),
    ("ProfileImport", "stored_warnings"),
    ("DatabaseAddress", "stored_problem"),
)


def keep_codes(apps, schema_editor):
    for model, column in COLUMNS:
        convert(apps.get_model("profiles", model).objects.using(schema_editor.connection.alias), column)


class Migration(migrations.Migration):

    dependencies = [("profiles", "0001_from_segments")]

    operations = [migrations.RunPython(keep_codes, migrations.RunPython.noop)]
