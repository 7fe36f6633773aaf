"""The web server writes its lines as the application does. Its own log of requests is off: ours has their ids."""

import os
import sys
from pathlib import Path

from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ccexport.settings")
sys.path.insert(0, str(Path(__file__).parent))  # read before gunicorn looks for the application

logconfig_dict = settings.LOGGING
