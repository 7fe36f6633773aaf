from django.apps import AppConfig


class SandboxConfig(AppConfig):
    """Gives Django the command `manage.py sandbox`, nothing more: no models, no addresses."""

    name = "sandbox"
    verbose_name = "Sandbox"
