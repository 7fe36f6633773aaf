"""A status as a coloured label, the same in every list, page and table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString

BUSY = "progress_activity"  # the icon of what goes on right now; it turns


@dataclass(frozen=True, slots=True)
class Badge:
    """Renders itself, as form fields do: `{{ badge }}`. The tones are those of docs/design-components.md.

    Not by a template: one for each row of a list would take longer than the rest of the row.
    """

    label: str | Promise
    tone: str = "neutral"
    icon: str = ""

    @property
    def is_busy(self) -> bool:
        return self.icon == BUSY

    def render(self) -> SafeString:
        return format_html(
            '<span class="cc-badge cc-tone-{}{}">{}{}</span>',
            self.tone,
            " cc-badge--busy" if self.is_busy else "",
            icon(self.icon) if self.icon else "",
            self.label,
        )

    __str__ = __html__ = render


@lru_cache(maxsize=64)
def icon(name: str) -> SafeString:
    """An icon beside a text that says the same."""
    return format_html('<span class="material-symbols-outlined" aria-hidden="true">{}</span>', name)
