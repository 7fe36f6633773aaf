"""Object storage as S3 speaks it, as little of it as Django's storage needs, which can be switched off."""

from __future__ import annotations

import threading
from contextlib import suppress
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

WRITTEN = "Wed, 01 Jan 2025 00:00:00 GMT"
WRITTEN_ISO = "2025-01-01T00:00:00.000Z"
BUSY = b"<Error><Code>ServiceUnavailable</Code><Message>Please reduce your request rate.</Message></Error>"
BUCKET = "exporter"


class ObjectStorage:
    """A server with one bucket in memory. Switched off, it answers 503, or nobody listens."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.busy = False
        self._server = self._listen(0)
        self.port = int(self._server.server_port)

    @property
    def storage_url(self) -> str:
        return f"s3://key:secret@{BUCKET}/files?endpoint_url=http://127.0.0.1:{self.port}&region_name=us-east-1"

    def switch_off(self, *, refuse: bool) -> None:
        """Nobody listens any more (`refuse`), or every request is answered 503."""
        self.busy = True
        if refuse:
            self._server.shutdown()
            self._server.server_close()

    def switch_on(self) -> None:
        self.busy = False
        with suppress(OSError):  # it listens still
            self._server = self._listen(self.port)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _listen(self, port: int) -> ThreadingHTTPServer:
        server = _Quiet(("127.0.0.1", port), type("Bound", (_Handler,), {"storage": self}))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no error."""


class _Handler(BaseHTTPRequestHandler):
    storage: ObjectStorage
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        parts = urlsplit(self.path)
        self.query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.key = unquote(parts.path).removeprefix(f"/{BUCKET}").lstrip("/")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.storage.busy:
            self.close_connection = True
            return self._answer(503, BUSY)
        answer = getattr(self, f"_{self.command.lower()}")
        return answer(body)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _handle

    def _put(self, body: bytes) -> None:
        if "uploadId" in self.query:
            self.storage.uploads[self.query["uploadId"]][int(self.query["partNumber"])] = body
        else:
            self.storage.objects[self.key] = body
        self._answer(200, headers={"ETag": _tag(body)})

    def _post(self, body: bytes) -> None:
        """A large file comes in parts."""
        if "uploads" in self.query:
            upload = f"upload-{len(self.storage.uploads)}"
            self.storage.uploads[upload] = {}
            return self._answer(200, _xml("InitiateMultipartUploadResult", Key=self.key, UploadId=upload))
        parts = self.storage.uploads.pop(self.query["uploadId"])
        self.storage.objects[self.key] = b"".join(part for _number, part in sorted(parts.items()))
        return self._answer(200, _xml("CompleteMultipartUploadResult", Key=self.key))

    def _get(self, body: bytes) -> None:
        if not self.key:
            return self._answer(200, self._listing())
        if self.key not in self.storage.objects:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        whole = self.storage.objects[self.key]
        headers = {"ETag": _tag(whole), "Last-Modified": WRITTEN}
        if "Range" not in self.headers:
            return self._answer(200, whole, headers)
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        part = whole[int(first) : int(last) + 1 if last else None]
        headers["Content-Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(whole)}"
        return self._answer(206, part, headers)

    _head = _get

    def _delete(self, body: bytes) -> None:
        self.storage.objects.pop(self.key, None)
        self._answer(204)

    def _listing(self) -> bytes:
        prefix = self.query.get("prefix", "")
        found = [(key, len(body)) for key, body in sorted(self.storage.objects.items()) if key.startswith(prefix)]
        entries = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{WRITTEN_ISO}</LastModified><Size>{size}</Size></Contents>"
            for key, size in found
        )
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>".encode()

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_anything: Any) -> None:
        """Silent."""


def _tag(body: bytes) -> str:
    return f'"{md5(body).hexdigest()}"'


def _xml(root: str, **values: str) -> bytes:
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return f"<{root}>{inner}</{root}>".encode()
