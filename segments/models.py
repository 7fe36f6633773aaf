"""Whom we talk about: where unified customer profiles live, and which of them a segment means."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ProfileSource(models.Model):
    """Where unified customer profiles live. One row per profile, one column per attribute."""

    class Kind(models.TextChoices):
        FILE = "file", _("Uploaded file")

    name = models.CharField(_("Name"), max_length=100, unique=True)
    kind = models.CharField(_("Type"), max_length=20, choices=Kind.choices, default=Kind.FILE)
    key_attribute = models.CharField(_("Key attribute"), max_length=255)
    updated_attribute = models.CharField(_("Last updated attribute"), max_length=255, blank=True)
    columns = models.JSONField(_("Attributes"), default=list)  # [{"name", "type": text|number|date|boolean, "filled": 0..1, "samples": [...], "email": bool}]
    row_count = models.PositiveIntegerField(_("Profiles"), default=0)
    snapshot = models.CharField(_("Stored file"), max_length=255, blank=True)  # Parquet, in the default storage
    file_name = models.CharField(_("File name"), max_length=255, blank=True)
    refreshed_at = models.DateTimeField(_("Refreshed"), null=True, blank=True)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Created by")
    )

    class Meta:
        verbose_name = _("Profile source")
        verbose_name_plural = _("Profile sources")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Segment(models.Model):
    """A named set of profiles of one source, described by rules."""

    name = models.CharField(_("Name"), max_length=100, unique=True)
    description = models.TextField(_("Description"), blank=True)
    source = models.ForeignKey(ProfileSource, models.PROTECT, related_name="segments", verbose_name=_("Profile source"))
    rules = models.JSONField(_("Rules"), default=dict)
    member_count = models.PositiveIntegerField(_("Members"), null=True, blank=True)
    counted_at = models.DateTimeField(_("Counted"), null=True, blank=True)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Created by")
    )
    updated_at = models.DateTimeField(_("Last updated"), auto_now=True)

    class Meta:
        verbose_name = _("Segment")
        verbose_name_plural = _("Segments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
