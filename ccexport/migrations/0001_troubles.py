

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Recipient',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='alerts', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('wants_email', models.BooleanField(default=True, verbose_name='Send me messages by e-mail')),
                ('language', models.CharField(blank=True, max_length=10)),
            ],
        ),
        migrations.CreateModel(
            name='Trouble',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('run_failed', 'An export failed'), ('reconnect', 'A connection needs reconnecting'), ('expires', 'An authorization is about to expire'), ('refused', 'Many profiles were refused'), ('late', 'A schedule was missed'), ('no_worker', 'No worker is running')], max_length=20, verbose_name='Kind')),
                ('subject', models.CharField(blank=True, max_length=40)),
                ('details', models.JSONField(default=dict)),
                ('opened_at', models.DateTimeField(auto_now_add=True, verbose_name='Since')),
                ('notified_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True, verbose_name='Until')),
                ('over_notified_at', models.DateTimeField(null=True)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'Trouble',
                'verbose_name_plural': 'Alerts',
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('kind', 'subject'), name='one_open_trouble_of_a_kind')],
            },
        ),
    ]
