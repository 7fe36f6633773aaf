"""What the templates of all apps share."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils.translation import gettext as _

from web.badges import Badge

register = template.Library()


@register.simple_tag
def badge(label: str, tone: str = "neutral", icon: str = "") -> Badge:
    """A badge that is no row's status: `{% badge label tone="success" icon="check_circle" %}`."""
    return Badge(label, tone, icon)


@register.filter
def lasted(begin: datetime | None, end: datetime | None) -> str:
    """How long something took, in the two largest units: 4 s, 2 min 10 s, 1 h 5 min."""
    if begin is None or end is None:
        return "–"
    seconds = max(0, round((end - begin).total_seconds()))
    minutes, hours = seconds // 60, seconds // 3600
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes % 60}
    if minutes:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds % 60}
    return _("%(seconds)d s") % {"seconds": seconds}
