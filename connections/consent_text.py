"""What an administrator agrees to before data may leave for a destination, by version.

A text somebody agreed to is never changed: add a version, and keep the old ones to show what was agreed.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CURRENT = "1"
PRIVACY_NOTICE = "https://www.constantcontact.com/legal/privacy-notice"

_TEXTS: dict[str, tuple[Promise, ...]] = {
    "1": (
        _(
            "With this connection you let this application send data to Constant Contact. That data leaves the "
            "compliance boundary of this application. It can contain sensitive data, such as personal data of your "
            "customers."
        ),
        _(
            "The data is transferred at your instruction only. It is your responsibility to make sure that Constant "
            "Contact meets the privacy and security obligations that you have towards the people in your data."
        ),
        _("An administrator can remove this connection at any time to stop using it. Nothing is sent after that."),
    )
}


def paragraphs(version: str = CURRENT) -> tuple[Promise, ...]:
    """Return the text of one version, in the language of the reader."""
    return _TEXTS[version]
