"""What the pages about profile sources say in more than one place."""

from django.utils.translation import gettext as _


def changed_meanwhile() -> str:
    return _(
        "Somebody else saved this profile source while you had it open, so your change was not saved. "
        "This is how it looks now: change it again if you still want to."
    )
