"""The admin's look (django-unfold): name, colours, our style sheet, the menu."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _


def _asset(path: str) -> Any:
    """An address under static/, worked out per request: the storage is not ready while settings load."""

    def address(request: HttpRequest) -> str:
        return static(path)

    return address


# Indigo, so that the product's own colour is none of green, amber, red and blue, which mean a status.
# 500 is lighter than the scale would have it: it is the text on dark pages and needs 4.5:1 there.
_PRIMARY = {
    "50": "oklch(96.2% .018 272.314)",
    "100": "oklch(93% .034 272.788)",
    "200": "oklch(87% .065 274.039)",
    "300": "oklch(78.5% .115 274.713)",
    "400": "oklch(72% .145 275.5)",
    "500": "oklch(67.3% .182 276.935)",
    "600": "oklch(51.1% .262 276.966)",
    "700": "oklch(45.7% .24 277.023)",
    "800": "oklch(39.8% .195 277.366)",
    "900": "oklch(35.9% .144 278.697)",
    "950": "oklch(25.7% .09 281.288)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Constant Contact exporter"),
    "SITE_HEADER": _("Constant Contact exporter"),
    "SITE_SUBHEADER": _("Customer segments to lists"),
    "SITE_URL": None,
    "SITE_ICON": _asset("ccexport/logo.svg"),
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _asset("ccexport/logo.svg")}],
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [_asset("ccexport/ccexport.css")],
    "SCRIPTS": [_asset("ccexport/keyboard.js")],
    "LOGIN": {"image": _asset("ccexport/sign-in.svg")},
    "COLORS": {"primary": _PRIMARY},
    "SIDEBAR": {"navigation": "ccexport.admin_site.navigation.navigation"},
}
