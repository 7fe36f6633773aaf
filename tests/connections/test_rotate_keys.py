"""Changing FIELD_ENCRYPTION_KEYS without losing a connection."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from connections.models import TokenSet


def test_after_rotation_the_old_key_is_not_needed(connection, settings, capsys):
    before = TokenSet.objects.get()
    new = Fernet.generate_key().decode()
    settings.FIELD_ENCRYPTION_KEYS = [new, *settings.FIELD_ENCRYPTION_KEYS]

    call_command("rotate_keys")

    settings.FIELD_ENCRYPTION_KEYS = [new]
    after = TokenSet.objects.get()
    assert (after.access_token, after.refresh_token) == (before.access_token, before.refresh_token)
    assert after.version == before.version
    assert "1 stored secret" in capsys.readouterr().out


def test_a_lost_key_is_reported_and_nothing_is_written(connection, settings):
    settings.FIELD_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="FIELD_ENCRYPTION_KEYS"):
        call_command("rotate_keys")
