"""The export user: under whose rights unattended runs read profiles. Always somebody who named themselves."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

import audit_trail
from jobs.constraints import is_repeated
from web.messages import Message

from .models import Connection, ExportUser


class ReplacedMeanwhileError(Exception):
    """Somebody else became the export user while this page was open."""


def export_user_problem(connection: Connection) -> Message | None:
    """Return why unattended runs must not use `connection`, or None. Asked anew at every run: roles change."""
    export_user = ExportUser.objects.select_related("user").filter(connection=connection).first()
    if export_user is None:
        code = "export_user_missing"
    elif not export_user.user.is_active:
        code = "export_user_inactive"
    elif not Connection.objects.open_to(export_user.user).filter(pk=connection.pk).exists():
        code = "export_user_not_allowed"
    else:
        return None
    return Message(code, {"connection": connection.display_name})


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
