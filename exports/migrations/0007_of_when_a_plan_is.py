from django.db import migrations, models
from django.db.models import F, Q


def send_again_who_may_have_been_lost(apps, schema_editor):
    """Earlier versions called everybody of a completed batch unchanged, also when part of it was not accepted.

    In the plan of the last run they can't be told from the others, so their exports send everybody once more. Of the
    last run itself it is known who was in which batch.
    """
    Run, Batch, Export = (apps.get_model("exports", name) for name in ("Run", "Batch", "Export"))
    unclear = Batch.objects.filter(state="completed").exclude(Q(counts_agree=True, accepted=F("rows")))
    doubtful = set(unclear.values_list("run", flat=True))
    compared_with = dict(Run.objects.exclude(baseline=None).values_list("pk", "baseline"))
    for export, run in Export.objects.exclude(baseline=None).values_list("pk", "baseline"):
        while (run := compared_with.get(run)) is not None:
            if run in doubtful:
                Export.objects.filter(pk=export).update(baseline=None)
                break


class Migration(migrations.Migration):

    dependencies = [
        ('exports', '0006_refresh_attempts'),
    ]

    operations = [
        migrations.AddField(
            model_name='run',
            name='read_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(send_again_who_may_have_been_lost, migrations.RunPython.noop),
    ]
