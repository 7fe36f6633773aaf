from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite


class ExporterAdminSite(UnfoldAdminSite):
    """The one admin site: everything people do is a page of it, so that rights and navigation have one home."""

    site_title = site_header = _("Constant Contact exporter")
    index_title = _("Home")
