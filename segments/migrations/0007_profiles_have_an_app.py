"""Profile sources have an app of their own: they leave this one. No table changes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('profiles', '0001_from_segments'),
        ('segments', '0006_waits_for_storage'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(
                    model_name='profileimport',
                    name='created_by',
                ),
                migrations.RemoveField(
                    model_name='profileimport',
                    name='source',
                ),
                migrations.RemoveField(
                    model_name='profilesource',
                    name='created_by',
                ),
                migrations.AlterField(
                    model_name='segment',
                    name='source',
                    field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='segments', to='profiles.profilesource', verbose_name='Profile source'),
                ),
                migrations.DeleteModel(
                    name='DatabaseAddress',
                ),
                migrations.DeleteModel(
                    name='ProfileImport',
                ),
                migrations.DeleteModel(
                    name='ProfileSource',
                ),
            ],
        ),
    ]
