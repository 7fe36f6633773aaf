"""What was wrong with a segment, as runs and refreshes keep it, is a code with details, no longer an English sentence."""

from django.db import migrations

from profiles.migrations._codes import convert


def keep_codes(apps, schema_editor):
    alias = schema_editor.connection.alias
    convert(apps.get_model("exports", "Run").objects.using(alias).filter(reason="segment"), "reason_details")
    for model in ("Refresh", "RefreshStep"):
        convert(apps.get_model("exports", model).objects.using(alias), "stored_problem")


class Migration(migrations.Migration):

    dependencies = [("exports", "0007_of_when_a_plan_is")]

    operations = [migrations.RunPython(keep_codes, migrations.RunPython.noop)]
