"""Settings of single sign-on that are missing or senseless stop the start, with the cure."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ccexport.roles import ADMINISTRATORS, CONTRIBUTORS
from ccexport.sso.options import options

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "OIDC_ISSUER": "https://id.example.com/realms/work",
    "OIDC_CLIENT_ID": "exporter",
    "OIDC_CLIENT_SECRET": "secret",
    "OIDC_ADMINISTRATORS": "admins, operators",
    "OIDC_CONTRIBUTORS": "makers",
}


def read(**changes: str):
    return options(lambda name: (GOOD | changes).get(name, ""))


def test_nothing_set_is_nothing():
    assert options(lambda name: "") is None


def test_what_is_not_set_has_a_default():
    found = read()

    assert (found.name, found.role_claim) == ("id.example.com", "groups")
    assert found.roles == {"admins": ADMINISTRATORS, "operators": ADMINISTRATORS, "makers": CONTRIBUTORS}


@pytest.mark.parametrize(
    ("changes", "cure"),
    [
        ({"OIDC_CLIENT_SECRET": ""}, "needs OIDC_CLIENT_SECRET too. Set it"),
        ({"OIDC_ISSUER": "", "OIDC_CLIENT_ID": ""}, "needs OIDC_ISSUER, OIDC_CLIENT_ID too. Set them"),
        ({"OIDC_ISSUER": "id.example.com"}, "OIDC_ISSUER must be an absolute address"),
        ({"OIDC_ISSUER": "http://id.example.com"}, "must begin with https://"),
        ({"OIDC_ISSUER": "https://id.example.com/" + "x" * 200}, "at most 200 characters"),
        ({"OIDC_CONTRIBUTORS": "operators"}, "OIDC_CONTRIBUTORS: 'operators' gives another role already"),
        ({"OIDC_ADMINISTRATORS": "", "OIDC_CONTRIBUTORS": " ,"}, "gives nobody a role. Set at least one of"),
    ],
)
def test_what_is_senseless_is_refused_with_the_cure(changes, cure):
    with pytest.raises(ImproperlyConfigured, match=cure):
        read(**changes)


def started(tmp_path, **environment: str):
    code = "import django; django.setup(); from django.urls import reverse; print(reverse('sso_callback'))"
    everything = os.environ | environment | {"DJANGO_SETTINGS_MODULE": "ccexport.settings", "VAR_DIR": str(tmp_path)}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=everything, capture_output=True, text=True)


def test_a_process_with_the_settings_has_the_addresses_and_one_with_half_of_them_does_not_start(tmp_path):
    assert started(tmp_path, **GOOD).stdout == "/sign-in/callback/\n"

    half = started(tmp_path, **GOOD | {"OIDC_CLIENT_ID": ""})
    assert half.returncode != 0
    assert "Single sign-on needs OIDC_CLIENT_ID too." in half.stderr
