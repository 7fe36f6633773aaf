"""Where unified customer profiles live, and how they came there."""

import json

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from encryption.fields import EncryptedTextField, UndecryptableError
from web.messages import Message

from .attributes import Attribute
from .errors import SourceUnavailableError
from .files.encodings import label_of
from .files.options import DAMAGED, ReadingOptions


class ProfileSource(models.Model):
    """Where unified customer profiles live. One row per profile, one column per attribute."""

    class Kind(models.TextChoices):
        FILE = "file", _("Uploaded file")
        POSTGRESQL = "postgresql", "PostgreSQL"
        SNOWFLAKE = "snowflake", "Snowflake"
        BIGQUERY = "bigquery", "BigQuery"
        FLIGHT_SQL = "flightsql", "Flight SQL"
        SPARK = "spark", "Spark / Databricks"

    name = models.CharField(_("Name"), max_length=100, unique=True)
    kind = models.CharField(_("Type"), max_length=20, choices=Kind.choices, default=Kind.FILE)
    key_attribute = models.CharField(_("Key attribute"), max_length=255)
    updated_attribute = models.CharField(_("Last updated attribute"), max_length=255, blank=True)
    columns = models.JSONField(_("Attributes"), default=list)  # of Attribute.as_json()
    row_count = models.PositiveBigIntegerField(_("Profiles"), default=0)
    snapshot = models.CharField(_("Stored file"), max_length=255, blank=True)  # Parquet, in the default storage
    file_name = models.CharField(_("File name"), max_length=255, blank=True)
    refreshed_at = models.DateTimeField(_("Refreshed"), null=True, blank=True)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Created by")
    )

    class Meta:
        db_table = "segments_profilesource"  # where it was made
        verbose_name = _("Profile source")
        verbose_name_plural = _("Profile sources")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_in_database(self) -> bool:
        """Whether the profiles stay in a database, which is asked each time: `database` says where."""
        return self.kind != self.Kind.FILE

    def address(self) -> "DatabaseAddress":
        """Return where its table is. Raises SourceUnavailableError when the secrets of that cannot be read."""
        try:
            return self.database
        except UndecryptableError:
            raise SourceUnavailableError("secrets_unreadable") from None

    def attributes(self) -> list[Attribute]:
        """Return the attributes in the order of the file or table; none before it was read for the first time."""
        return [Attribute.from_json(column) for column in self.columns]

    def attribute(self, name: str) -> Attribute | None:
        return next((Attribute.from_json(column) for column in self.columns if column["name"] == name), None)


class ProfileImport(models.Model):
    """One file on its way into a source. The source keeps its profiles until this is DONE."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Importing")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")

    OPEN = (State.QUEUED, State.RUNNING)

    source = models.ForeignKey(ProfileSource, models.CASCADE, related_name="imports", verbose_name=_("Profile source"))
    upload = models.CharField(max_length=255, blank=True)  # in the default storage; blank: a file of the command line
    file_name = models.CharField(_("File name"), max_length=255)
    key_attribute = models.CharField(_("Key attribute"), max_length=255)
    updated_attribute = models.CharField(_("Last updated attribute"), max_length=255, blank=True)
    state = models.CharField(_("Status"), max_length=20, choices=State.choices, default=State.QUEUED)
    progress = models.PositiveSmallIntegerField(default=0)  # percent
    attempts = models.PositiveSmallIntegerField(default=0)  # also tells a worker whether the import is still its own
    waits = models.PositiveSmallIntegerField(default=0)  # attempts in vain because storage or disk were away
    claimed_until = models.DateTimeField(null=True, blank=True)
    row_count = models.PositiveBigIntegerField(_("Profiles"), null=True, blank=True)
    # Before the import: what a person chose, if anything. After it: that of the file; blank: Parquet
    encoding = models.CharField(_("Encoding"), max_length=20, blank=True)
    delimiter = models.CharField(_("Delimiter"), max_length=1, blank=True)
    # Of a workbook. Before the import: what a person chose; blank: the first one. After it: that of several
    sheet = models.CharField(_("Sheet"), max_length=255, blank=True, default="", db_default="")
    mark_damaged = models.BooleanField(default=False, db_default=False)  # a person chose it, for this file
    stored_problem = models.JSONField(default=dict, blank=True)  # Message.as_json()
    stored_warnings = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(_("Created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Created by")
    )
    finished_at = models.DateTimeField(_("Finished"), null=True, blank=True)

    class Meta:
        db_table = "segments_profileimport"  # where it was made
        verbose_name = _("Import of profiles")
        verbose_name_plural = _("Imports of profiles")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state__in=("queued", "running")),
                name="one_open_import_per_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_state_display()})"

    @property
    def options(self) -> ReadingOptions:
        """What a person chose about how the file is read."""
        return {"encoding": self.encoding, "mark_damaged": self.mark_damaged, "sheet": self.sheet}

    @property
    def may_mark_damaged(self) -> bool:
        """Whether it failed for letters that are lost, and its file is still there to have them marked."""
        is_damaged = self.state == self.State.FAILED and self.problem.code == DAMAGED
        return is_damaged and bool(self.upload)

    @property
    def format_label(self) -> str:
        if self.encoding:
            return "CSV"
        return "Excel" if self.file_name.lower().endswith(".xlsx") else "Parquet"

    @property
    def is_parquet(self) -> bool:
        """Whether the file that was imported says of which type its columns are."""
        return self.format_label == "Parquet"

    @property
    def encoding_label(self) -> str:
        return label_of(self.encoding)

    @property
    def delimiter_label(self) -> str:
        names = {",": _("Comma"), ";": _("Semicolon"), "\t": _("Tab"), "|": _("Vertical bar")}
        return str(names.get(self.delimiter, self.delimiter))

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def problem(self) -> Message:
        return Message.from_json(self.stored_problem)

    @property
    def warnings(self) -> list[Message]:
        return [Message.from_json(stored) for stored in self.stored_warnings]


class DatabaseAddress(models.Model):
    """A table or view in a database. `options` and `secrets` hold what the kind's fields ask for, by name."""

    source = models.OneToOneField(
        ProfileSource, models.CASCADE, related_name="database", verbose_name=_("Profile source")
    )
    options = models.JSONField(default=dict)
    secrets = EncryptedTextField(default="{}")  # a JSON object
    schema = models.CharField(_("Schema"), max_length=255, blank=True)
    table = models.CharField(_("Table or view"), max_length=255)
    refresh_asked_at = models.DateTimeField(null=True, blank=True)  # null: nobody waits for a refresh
    refresh_claimed_until = models.DateTimeField(null=True, blank=True)
    refresh_attempts = models.PositiveSmallIntegerField(default=0)
    refresh_waits = models.PositiveSmallIntegerField(default=0)  # attempts in vain because the disk was away
    stored_problem = models.JSONField(default=dict, blank=True)  # why the last refresh failed: Message.as_json()

    class Meta:
        db_table = "segments_databaseaddress"  # where it was made
        verbose_name = _("Database of a profile source")
        verbose_name_plural = _("Databases of profile sources")

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table

    @property
    def problem(self) -> Message:
        return Message.from_json(self.stored_problem)

    @property
    def is_refreshing(self) -> bool:
        return self.refresh_asked_at is not None

    def held(self) -> dict[str, str]:
        """Return the stored secrets; none where they can't be read any more."""
        try:
            secrets: dict[str, str] = json.loads(self.secrets)
        except UndecryptableError:
            return {}
        return secrets

    def hide(self, secrets: dict[str, str]) -> None:
        """Keep secrets; those that are empty stay what they were."""
        self.secrets = json.dumps({**self.held(), **{name: value for name, value in secrets.items() if value}})

    def forget(self) -> None:
        """Hold no secrets any more."""
        self.secrets = "{}"

    def entered(self) -> dict[str, str]:
        """Return everything that was entered, secrets too: for the driver alone.

        Raises SourceUnavailableError when the secrets cannot be read.
        """
        try:
            return {**self.options, **json.loads(self.secrets)}
        except UndecryptableError:
            raise SourceUnavailableError("secrets_unreadable") from None
