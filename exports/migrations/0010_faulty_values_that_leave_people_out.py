from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exports', '0009_profiles_sent_without_a_value'),
    ]

    operations = [
        migrations.AddField(
            model_name='export',
            name='strict_targets',
            field=models.JSONField(default=list, verbose_name='Fields whose faulty values leave the person out'),
        ),
    ]
