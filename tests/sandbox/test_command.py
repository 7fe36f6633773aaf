"""`manage.py sandbox`: for development only."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command, get_commands

from ccexport.management.commands import sandbox as refusal


def test_the_command_is_the_sandbox_while_it_is_installed():
    assert apps.is_installed("sandbox")
    assert get_commands()["sandbox"] == "sandbox"


def test_without_debug_the_command_raises_that_the_sandbox_is_for_development():
    with pytest.raises(CommandError, match="for development only"):
        call_command(refusal.Command())
