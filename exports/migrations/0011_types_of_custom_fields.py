from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("exports", "0010_faulty_values_that_leave_people_out"),
    ]

    operations = [
        migrations.AddField(
            model_name="export",
            name="custom_field_types",
            field=models.JSONField(default=dict),
        ),
    ]
