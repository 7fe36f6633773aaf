"""An import keeps whether somebody chose to have damaged letters of its file marked instead of refused."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("profiles", "0002_messages_are_codes")]

    operations = [
        migrations.AddField(
            model_name="profileimport",
            name="mark_damaged",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
