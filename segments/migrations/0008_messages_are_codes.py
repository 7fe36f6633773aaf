"""What is wrong with a segment is kept as a code with details, no longer as an English sentence."""

from django.db import migrations, models

from profiles.migrations._codes import convert


def keep_codes(apps, schema_editor):
    for model in ("Segment", "Evaluation"):
        convert(apps.get_model("segments", model).objects.using(schema_editor.connection.alias), "stored_problem")


class Migration(migrations.Migration):

    dependencies = [("segments", "0007_profiles_have_an_app")]

    operations = [
        migrations.RunPython(keep_codes, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="segment",
            name="counted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="Refreshed"),
        ),
    ]
