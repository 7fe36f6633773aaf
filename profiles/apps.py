from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = _("Profile sources")

    def ready(self) -> None:
        from jobs.due import register
        from jobs.limits import LIMITS

        from . import messages  # noqa: F401
        from .databases.drivers import offered  # noqa: F401
        from .databases.refreshing import due_refreshes
        from .imports.lifecycle import due_imports

        register(LIMITS.profile_import, due_imports)
        register(LIMITS.description, due_refreshes)
