from django.db import migrations, models

KINDS = [
    ("file", "Uploaded file"),
    ("postgresql", "PostgreSQL"),
    ("snowflake", "Snowflake"),
    ("bigquery", "BigQuery"),
    ("flightsql", "Flight SQL"),
    ("spark", "Spark / Databricks"),
]


class Migration(migrations.Migration):
    dependencies = [("segments", "0003_evaluations")]

    operations = [
        migrations.AlterField(
            model_name="profilesource",
            name="kind",
            field=models.CharField(choices=KINDS, default="file", max_length=20, verbose_name="Type"),
        ),
    ]
