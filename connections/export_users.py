"""The export user: under whose rights unattended runs read profiles. Always somebody who named themselves."""

from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

import audit_trail
from jobs.constraints import is_repeated

from .models import Connection, ExportUser


class ExportUserProblem(models.TextChoices):
    """Why a connection must not be used unattended. The label is the sentence for people."""

    MISSING = "export_user_missing", _("This connection has no export user. An administrator has to add themselves.")
    INACTIVE = (
        "export_user_inactive",
        _("The export user of this connection is no longer active. Another administrator has to take over."),
    )
    NOT_ALLOWED = (
        "export_user_not_allowed",
        _("The export user of this connection may no longer use it. Another administrator has to take over."),
    )


class ReplacedMeanwhileError(Exception):
    """Somebody else became the export user while this page was open."""


def export_user_problem(connection: Connection) -> ExportUserProblem | None:
    """Return why unattended runs must not use `connection`, or None. Asked anew at every run: roles change."""
    export_user = ExportUser.objects.select_related("user").filter(connection=connection).first()
    if export_user is None:
        return ExportUserProblem.MISSING
    if not export_user.user.is_active:
        return ExportUserProblem.INACTIVE
    if not Connection.objects.open_to(export_user.user).filter(pk=connection.pk).exists():
        return ExportUserProblem.NOT_ALLOWED
    return None


def become_export_user(connection: Connection, user: Any, *, instead_of: int | None) -> None:
    """Make `user`, who has just proved who they are, the export user.

    `instead_of` is the id of the export user that was on their screen, None for none.

    Raises ReplacedMeanwhileError when it is somebody else by now: nobody is replaced unseen.
    """
    now = timezone.now()
    if instead_of is not None:
        current = ExportUser.objects.filter(connection=connection, user_id=instead_of)
        if not current.update(user=user, confirmed_at=now):
            raise ReplacedMeanwhileError
        audit_trail.record(connection, "export_user", by=user)
        return
    try:
        with transaction.atomic():
            ExportUser.objects.create(connection=connection, user=user, confirmed_at=now)
            audit_trail.record(connection, "export_user", by=user)
    except IntegrityError as error:
        if not is_repeated(error, ExportUser, "connection"):
            raise
        raise ReplacedMeanwhileError from error
