from django.db import migrations

# What exports/schedule said in version 1.0, and the code of that now. What segments and profiles said is read as it is.
CODES = {
    "The refresh was interrupted several times without getting further, so we stopped. Start it again; if that happens "
    "again, show this to your administrator.": "refresh.gave_up",
    "The refresh could not be started; the server's log says why. Start it by hand; if that fails too, show this to "
    "your administrator.": "refresh.not_started",
    "Somebody stopped the evaluation of this segment each time, so the refresh went on without it. Refresh the "
    "segment, or start the refresh again.": "refresh.evaluation_stopped",
    "Something went wrong on our side each time this was tried; the server's log says what. Start the refresh again; "
    "if that happens again, show this to your administrator.": "refresh.unexpected",
    "Something went wrong on our side. The server's log says what.": "refresh.unexpected",
}


def keep_codes(apps, schema_editor):
    for name in ("Refresh", "RefreshStep"):
        rows = apps.get_model("exports", name).objects
        for row in rows.exclude(stored_problem={}).only("stored_problem").iterator():
            msgid = row.stored_problem.get("msgid")
            if msgid == "":
                rows.filter(pk=row.pk).update(stored_problem={})
            elif msgid in CODES:
                rows.filter(pk=row.pk).update(stored_problem={"code": CODES[msgid], "details": {}})
    # A run that was skipped for the segment of such a step.
    runs = apps.get_model("exports", "Run").objects
    for run in runs.filter(reason="segment", reason_details__msgid__in=CODES).only("reason_details").iterator():
        code = CODES[run.reason_details["msgid"]]
        runs.filter(pk=run.pk).update(reason_details={"code": code, "details": {}})


class Migration(migrations.Migration):

    dependencies = [
        ('exports', '0007_of_when_a_plan_is'),
    ]

    operations = [
        migrations.RunPython(keep_codes, migrations.RunPython.noop),
    ]
