"""Only the name that people read changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0002_consents_outlive_their_connection")]

    operations = [
        migrations.AlterField(
            model_name="connection",
            name="account_email",
            field=models.EmailField(blank=True, max_length=254, verbose_name="Account email address"),
        ),
    ]
