"""Troubles are called incidents. Their table stays; content types follow by themselves, permissions and details here."""

from functools import partial

from django.db import migrations, models


def rename_permissions(apps, schema_editor, before, after):
    """Else they would be made once more, beside those that somebody was given."""
    for permission in apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="ccexport", codename__endswith=f"_{before}"
    ):
        permission.codename = permission.codename.replace(before, after)
        permission.name = permission.name.replace(before.capitalize(), after.capitalize())
        permission.save(update_fields=["codename", "name"])


def rename_detail(apps, schema_editor, before, after):
    for incident in apps.get_model("ccexport", "Incident").objects.filter(kind="run_failed").iterator():
        if before in incident.details:
            incident.details[after] = incident.details.pop(before)
            incident.save(update_fields=["details"])


def both_ways(rename, before, after):
    return migrations.RunPython(
        partial(rename, before=before, after=after), partial(rename, before=after, after=before)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("ccexport", "0002_worker_hosts"),
    ]

    operations = [
        migrations.AlterModelTable("Trouble", "ccexport_trouble"),
        migrations.RenameModel("Trouble", "Incident"),
        migrations.AlterModelOptions(
            "Incident", {"verbose_name": "Incident", "verbose_name_plural": "Alerts", "ordering": ["-pk"]}
        ),
        migrations.AlterField(
            "Recipient", "wants_email", models.BooleanField(default=True, verbose_name="Send me messages by email")
        ),
        both_ways(rename_permissions, "trouble", "incident"),
        both_ways(rename_detail, "told", "details"),
    ]
