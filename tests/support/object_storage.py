"""A stand-in for S3-compatible storage, over real HTTP: one bucket, and the calls that Django's storage makes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import quote
from uuid import uuid4
from xml.sax.saxutils import escape

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from tests.support.gate import Gate

BUCKET = "exports"


@dataclass
class ObjectStorage:
    """What is in the bucket, what was asked, and what goes wrong. `gate` shut: it can't be reached."""

    objects: dict[str, tuple[bytes, float]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refuse: tuple[int, str] | None = None  # a status and an S3 code, for each call
    refuse_only: str = ""  # a method
    silent_for: float = 0  # seconds before each answer
    gate: Any = None
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)  # large files come in parts

    @property
    def storage_url(self) -> str:
        address = quote(f"http://127.0.0.1:{self.gate.port}", safe="")
        return f"s3://key:a-secret-key@{BUCKET}/?endpoint_url={address}&region_name=us-east-1"

    def switch_off(self, *, refuse: bool) -> None:
        """Nobody is let in any more (`refuse`), or every request is answered 503."""
        self.refuse = (503, "ServiceUnavailable")
        if refuse:
            self.gate.shut()

    def switch_on(self) -> None:
        self.refuse = None
        with suppress(OSError):  # it is open still
            self.gate.open()

    def names(self, prefix: str = "") -> list[str]:
        return sorted(name for name in self.objects if name.startswith(prefix))

    def fetched(self, name: str) -> int:
        return self.asked.count(f"GET {name}")

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        body = _body(request)
        return self._answer(request, body)(environ, start_response)

    def _answer(self, request: Request, body: bytes) -> Response:
        bucket, _slash, name = request.path.lstrip("/").partition("/")
        self.asked.append(f"{request.method} {name}")
        time.sleep(self.silent_for)
        if self.refuse and request.method.startswith(self.refuse_only):
            return _error(*self.refuse)
        if bucket != BUCKET:
            return _error(404, "NoSuchBucket")
        if not name:
            return self._listed(request.args.get("prefix", ""))
        if request.method == "POST":
            return self._of_large_file(name, request.args.get("uploadId", ""))
        if "uploadId" in request.args and request.method == "PUT":
            self.uploads[request.args["uploadId"]][int(request.args["partNumber"])] = body
            return Response(headers={"ETag": '"etag"'})
        if request.method == "PUT":
            self.objects[name] = (body, time.time())
            return Response(headers={"ETag": '"etag"'})
        if request.method == "DELETE":
            self.objects.pop(name, None)
            return Response(status=204)
        if name not in self.objects:
            return _error(404, "NoSuchKey")
        content, written = self.objects[name]
        headers = {"ETag": '"etag"', "Last-Modified": formatdate(written, usegmt=True), "Accept-Ranges": "bytes"}
        if request.method == "HEAD":
            return Response(headers={**headers, "Content-Length": str(len(content))})
        answer = Response(content, headers=headers)
        return answer.make_conditional(request.environ, accept_ranges=True, complete_length=len(content))

    def _of_large_file(self, name: str, upload: str) -> Response:
        """Its upload begins, or ends."""
        if upload:
            parts = self.uploads.pop(upload)
            self.objects[name] = (b"".join(part for _number, part in sorted(parts.items())), time.time())
            return _xml(f"<CompleteMultipartUploadResult><Key>{escape(name)}</Key></CompleteMultipartUploadResult>")
        upload = f"upload-{uuid4()}"
        self.uploads[upload] = {}
        return _xml(f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>")

    def _listed(self, prefix: str) -> Response:
        folders, files = set(), []
        for name in self.names(prefix):
            folder, slash, _rest = name[len(prefix) :].partition("/")
            if slash:
                folders.add(f"{prefix}{folder}/")
            else:
                files.append(name)
        parts = [f"<Contents><Key>{escape(name)}</Key><Size>1</Size></Contents>" for name in files]
        parts += [f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in sorted(folders)]
        return _xml(f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(parts)}</ListBucketResult>")


def _xml(text: str, status: int = 200) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{text}', status=status, content_type="application/xml")


def _error(status: int, code: str) -> Response:
    return _xml(f"<Error><Code>{code}</Code><Message>no</Message></Error>", status)


def _body(request: Request) -> bytes:
    """The content as it is, without the chunks with checksums in which newer clients send it."""
    body = request.get_data()
    if "aws-chunked" not in request.headers.get("Content-Encoding", ""):
        return body
    content = b""
    while body:
        size, _line, body = body.partition(b"\r\n")
        length = int(size.split(b";")[0], 16)
        if not length:
            break
        content, body = content + body[:length], body[length + 2 :]
    return content


class _Silent(WSGIRequestHandler):
    def log_request(self, *what: Any) -> None: ...


@contextmanager
def running() -> Iterator[ObjectStorage]:
    """Let it answer behind its gate."""
    bucket = ObjectStorage()
    server = make_server("127.0.0.1", 0, bucket, threaded=True, request_handler=_Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    bucket.gate = Gate("127.0.0.1", server.port)
    yield bucket
    bucket.gate.shut()
    server.shutdown()


@pytest.fixture
def object_storage(settings: Any, tmp_path: Any) -> Iterator[ObjectStorage]:
    """The application's files are in S3-compatible storage, and copies of them in a VAR of the test's own."""
    pytest.importorskip("storages.backends.s3")
    from ccexport.environment import storage

    with running() as bucket:
        settings.VAR = tmp_path / "var"
        settings.VAR.mkdir()
        settings.STORAGES = {**settings.STORAGES, "default": storage(bucket.storage_url, var=settings.VAR)}
        yield bucket
