from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exports', '0009_profiles_sent_without_a_value'),
    ]

    operations = [
        migrations.AddField(
            model_name='export',
            name='custom_field_types',
            field=models.JSONField(default=dict),
        ),
    ]
