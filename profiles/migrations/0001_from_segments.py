"""Profile sources have an app of their own. The tables stay what they are; what names the models follows."""

import django.db.models.deletion
import encryption.fields
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import migrations, models


MODELS = ("profilesource", "profileimport", "databaseaddress")


def _rename(apps, schema_editor, before, after):
    """Permissions, the audit trail and the history of the admin refer to the content types: their rows stay the same."""
    types = apps.get_model("contenttypes", "ContentType").objects.using(schema_editor.connection.alias)
    for model in MODELS:
        if not types.filter(app_label=after, model=model).exists():
            types.filter(app_label=before, model=model).update(app_label=after)
    # What was read before the change would be served from memory to whatever runs after this migration.
    ContentType.objects.clear_cache()


def follow(apps, schema_editor):
    _rename(apps, schema_editor, "segments", "profiles")


def go_back(apps, schema_editor):
    _rename(apps, schema_editor, "profiles", "segments")


class Migration(migrations.Migration):

    dependencies = [
        ("segments", "0006_waits_for_storage"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name='ProfileSource',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=100, unique=True, verbose_name='Name')),
                        ('kind', models.CharField(choices=[('file', 'Uploaded file'), ('postgresql', 'PostgreSQL'), ('snowflake', 'Snowflake'), ('bigquery', 'BigQuery'), ('flightsql', 'Flight SQL'), ('spark', 'Spark / Databricks')], default='file', max_length=20, verbose_name='Type')),
                        ('key_attribute', models.CharField(max_length=255, verbose_name='Key attribute')),
                        ('updated_attribute', models.CharField(blank=True, max_length=255, verbose_name='Last updated attribute')),
                        ('columns', models.JSONField(default=list, verbose_name='Attributes')),
                        ('row_count', models.PositiveBigIntegerField(default=0, verbose_name='Profiles')),
                        ('snapshot', models.CharField(blank=True, max_length=255, verbose_name='Stored file')),
                        ('file_name', models.CharField(blank=True, max_length=255, verbose_name='File name')),
                        ('refreshed_at', models.DateTimeField(blank=True, null=True, verbose_name='Refreshed')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Created')),
                        ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Created by')),
                    ],
                    options={
                        'verbose_name': 'Profile source',
                        'verbose_name_plural': 'Profile sources',
                        'db_table': 'segments_profilesource',
                        'ordering': ['name'],
                    },
                ),
                migrations.CreateModel(
                    name='DatabaseAddress',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('options', models.JSONField(default=dict)),
                        ('secrets', encryption.fields.EncryptedTextField(default='{}')),
                        ('schema', models.CharField(blank=True, max_length=255, verbose_name='Schema')),
                        ('table', models.CharField(max_length=255, verbose_name='Table or view')),
                        ('refresh_asked_at', models.DateTimeField(blank=True, null=True)),
                        ('refresh_claimed_until', models.DateTimeField(blank=True, null=True)),
                        ('refresh_attempts', models.PositiveSmallIntegerField(default=0)),
                        ('refresh_waits', models.PositiveSmallIntegerField(default=0)),
                        ('stored_problem', models.JSONField(blank=True, default=dict)),
                        ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='database', to='profiles.profilesource', verbose_name='Profile source')),
                    ],
                    options={
                        'verbose_name': 'Database of a profile source',
                        'verbose_name_plural': 'Databases of profile sources',
                        'db_table': 'segments_databaseaddress',
                    },
                ),
                migrations.CreateModel(
                    name='ProfileImport',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('upload', models.CharField(blank=True, max_length=255)),
                        ('file_name', models.CharField(max_length=255, verbose_name='File name')),
                        ('key_attribute', models.CharField(max_length=255, verbose_name='Key attribute')),
                        ('updated_attribute', models.CharField(blank=True, max_length=255, verbose_name='Last updated attribute')),
                        ('state', models.CharField(choices=[('queued', 'Waiting'), ('running', 'Importing'), ('done', 'Ready'), ('failed', 'Failed')], default='queued', max_length=20, verbose_name='Status')),
                        ('progress', models.PositiveSmallIntegerField(default=0)),
                        ('attempts', models.PositiveSmallIntegerField(default=0)),
                        ('waits', models.PositiveSmallIntegerField(default=0)),
                        ('claimed_until', models.DateTimeField(blank=True, null=True)),
                        ('row_count', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='Profiles')),
                        ('encoding', models.CharField(blank=True, max_length=20, verbose_name='Encoding')),
                        ('delimiter', models.CharField(blank=True, max_length=1, verbose_name='Delimiter')),
                        ('stored_problem', models.JSONField(blank=True, default=dict)),
                        ('stored_warnings', models.JSONField(blank=True, default=list)),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='Created')),
                        ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='Finished')),
                        ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Created by')),
                        ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='imports', to='profiles.profilesource', verbose_name='Profile source')),
                    ],
                    options={
                        'verbose_name': 'Import of profiles',
                        'verbose_name_plural': 'Imports of profiles',
                        'db_table': 'segments_profileimport',
                        'ordering': ['-pk'],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ('queued', 'running'))), fields=('source',), name='one_open_import_per_source')],
                    },
                ),
            ],
        ),
        migrations.RunPython(follow, go_back),
    ]
