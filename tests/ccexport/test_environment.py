"""Settings that are missing or senseless stop the start, with the cure in the message."""

import os
import re
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ccexport.environment import require_choice, require_http_url, require_positive, secret, storage

ROOT = Path(__file__).resolve().parents[2]


def test_a_secret_that_nobody_set_is_made_once_and_readable_by_its_owner_alone(tmp_path, capsys):
    first = secret("SECRET_KEY", "", debug=True, var=tmp_path, make=lambda: "made")
    second = secret("SECRET_KEY", "", debug=True, var=tmp_path, make=lambda: "made again")

    assert first == second == "made"
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert capsys.readouterr().err.count("SECRET_KEY was not set") == 1


def test_processes_that_start_together_agree_on_the_secret(tmp_path):
    numbers = count()

    def start(_process):
        return secret("SECRET_KEY", "", debug=True, var=tmp_path, make=lambda: f"made by {next(numbers)}")

    with ThreadPoolExecutor(8) as processes:
        assert len(set(processes.map(start, range(8)))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS"])
def test_in_production_a_missing_secret_stops_the_start_and_says_how_to_make_one(tmp_path, name):
    with pytest.raises(ImproperlyConfigured, match=f"{name} is not set.*python -c"):
        secret(name, "", debug=False, var=tmp_path, make=lambda: "made")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ["", "example.com", "ftp://example.com", "https://"])
def test_an_address_that_is_none_is_refused_by_name(address):
    with pytest.raises(ImproperlyConfigured, match="BASE_URL must be an absolute address"):
        require_http_url("BASE_URL", address)


def test_a_limit_of_nothing_is_refused_by_name():
    with pytest.raises(ImproperlyConfigured, match="MAX_PROFILES_PER_EXPORT must be greater than 0, not 0"):
        require_positive("MAX_PROFILES_PER_EXPORT", 0)


@pytest.mark.parametrize(("name", "value"), [("LOG_FORMAT", "yaml"), ("LOG_LEVEL", "LOUD")])
def test_a_choice_that_is_none_stops_the_start_by_name(name, value, tmp_path):
    start = "import django; django.setup()"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "ccexport.settings", "VAR_DIR": str(tmp_path), name: value}

    started = subprocess.run([sys.executable, "-c", start], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert started.returncode != 0
    assert f"{name} must be one of " in started.stderr
    with pytest.raises(ImproperlyConfigured, match="must be one of text, json, not 'yaml'"):
        require_choice("LOG_FORMAT", "yaml", ("text", "json"))


def test_s3_compatible_storage_is_one_address(tmp_path):
    chosen = storage("s3://key:secret@bucket/exports?endpoint_url=https://s3.example.com", var=tmp_path)

    assert chosen["OPTIONS"] == {
        "bucket_name": "bucket",
        "location": "exports",
        "endpoint_url": "https://s3.example.com",
        "access_key": "key",
        "secret_key": "secret",
        "file_overwrite": True,
    }


@pytest.mark.parametrize("address", ["bucket", "https://example.com", "s3://"])
def test_a_storage_that_is_none_is_refused_with_an_example(tmp_path, address):
    with pytest.raises(ImproperlyConfigured, match="STORAGE_URL must look like s3://"):
        storage(address, var=tmp_path)


def test_the_example_names_every_variable_that_the_settings_read():
    settings = (ROOT / "ccexport" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', settings))

    assert read - set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)) == set()


def test_nobody_else_on_the_machine_looks_into_var(tmp_path):
    code = "import django; django.setup()"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "ccexport.settings", "VAR_DIR": str(tmp_path / "var")}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True)

    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
