"""An import keeps which sheet of a workbook is read."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("profiles", "0003_imports_mark_damaged_letters")]

    operations = [
        migrations.AddField(
            model_name="profileimport",
            name="sheet",
            field=models.CharField(blank=True, db_default="", default="", max_length=255, verbose_name="Sheet"),
        ),
    ]
