from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from django_q.signals import post_spawn

        from . import checks  # noqa: F401  registers the system checks
        from .due import check_when_worker_starts
        from .periodic import write_schedule

        # The signal is sent for apps with models: here for that of the schedule, which is there by then.
        post_migrate.connect(write_schedule, sender=apps.get_app_config("django_q"), dispatch_uid="jobs.periodic")
        post_spawn.connect(check_when_worker_starts, dispatch_uid="jobs.due")
