from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from django_q.signals import post_spawn

        from . import checks  # noqa: F401  registers the system checks
        from .due import check_when_worker_starts

        post_spawn.connect(check_when_worker_starts, dispatch_uid="jobs.due")
