from typing import Any
from urllib.parse import urlsplit

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings


class ContentSecurityPolicy(CSPMiddleware):
    """The policy of the settings, and Constant Contact's sign-in as a place where a form may end.

    "Authenticate with Constant Contact" is a form of ours that answers with a redirect there, and
    browsers hold redirects of a form against form-action too.
    """

    def get_policy_parts(self, *args: Any, **kwargs: Any) -> PolicyParts:
        parts = super().get_policy_parts(*args, **kwargs)
        sign_in = urlsplit(settings.CONSTANT_CONTACT_AUTH_URL)
        parts.update = {**(parts.update or {}), "form-action": [f"{sign_in.scheme}://{sign_in.netloc}"]}
        return parts
