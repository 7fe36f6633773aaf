import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccexport.settings")
application = get_wsgi_application()

from ccexport.alerts import watchdog  # noqa: E402  its rows need the applications to be ready

watchdog.start()
