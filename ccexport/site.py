from unfold.sites import UnfoldAdminSite


class ExporterAdminSite(UnfoldAdminSite):
    """The one admin site: everything people do is a page of it, so that rights and navigation have one home."""
