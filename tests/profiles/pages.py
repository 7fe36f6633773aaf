"""What tests of the pages of profile sources share: addresses, an upload as a browser posts it, and its import."""

from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from profiles.models import ProfileImport, ProfileSource
from profiles.tasks import import_profiles


def url(page: str, source: ProfileSource) -> str:
    return reverse(f"admin:profiles_profilesource_{page}", args=[source.pk])


def upload(content: bytes, name: str = "people.csv", **fields: Any) -> dict[str, Any]:
    """What the form of a new source posts."""
    return {"name": "People", "file": SimpleUploadedFile(name, content), "key_attribute": "id", **fields}


def previewed(client: Client, head: bytes, evidence: bytes = b"", **query: Any) -> dict[str, Any]:
    """What the page answers of a CSV file that begins with `head`, before the file itself is sent."""
    address = reverse("admin:profiles_profilesource_columns") + "?" + urlencode({"head": len(head), **query})
    return client.post(address, head + evidence, content_type="application/octet-stream").json()


def done(job: ProfileImport) -> ProfileImport:
    """The import once a worker has done it."""
    import_profiles(job.pk)
    job.refresh_from_db()
    return job
