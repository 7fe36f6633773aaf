from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("connections", "0003_account_email_address")]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="decided_by_another",
            field=models.BooleanField(default=False, verbose_name="Never decided by the one who started it"),
        ),
    ]
