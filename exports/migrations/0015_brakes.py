from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('exports', '0014_removals'),
    ]

    operations = [
        migrations.AddField(
            model_name="export",
            name="brakes",
            field=models.JSONField(blank=True, default=dict, verbose_name="Brakes"),
        ),
        migrations.AddField(model_name="run", name="brakes", field=models.JSONField(default=list)),
        migrations.AddField(
            model_name="run",
            name="decided_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="Decided"),
        ),
        migrations.AddField(
            model_name="run",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="Decided by",
            ),
        ),
    ]
