"""An HTTP/1.1 server with keep-alive around the application.

Werkzeug's own handler closes the connection after each answer and waits for stray bytes; a client that pools its
connections, as the real service's clients do, needs better.
"""

import io
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

IDLE_SECONDS = 120
BUFFER = 65_536


class ConnectionDropped(Exception):
    """Raised by the application: hang up without a word."""


class KeepAliveHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    wbufsize = BUFFER

    def run_wsgi(self) -> None:
        if self.headers.get("Expect", "").lower().strip() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        environ = self.make_environ()
        started: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started.update(status=status, headers=headers)
            return None

        try:
            self._read_body(environ)
            body = self.server.app(environ, start_response)  # type: ignore[arg-type]
            try:
                self._answer(started["status"], started["headers"], body)
            finally:
                if hasattr(body, "close"):
                    body.close()
        except ConnectionDropped:
            self.close_connection = True

    def _read_body(self, environ: dict[str, Any]) -> None:
        """Take the whole body off the wire, so that the next request starts where it should."""
        source = environ["wsgi.input"]
        length = environ.get("CONTENT_LENGTH", "")
        is_chunked = environ.get("wsgi.input_terminated")
        announced = int(length) if length.isdigit() else 0
        body = source.read() if is_chunked else source.read(announced)
        if not is_chunked and len(body) < announced:
            raise ConnectionDropped  # the line was cut: half a request asks for nothing
        environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})

    def _answer(self, status: str, headers: list[tuple[str, str]], body: Any) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = {name.lower() for name, _ in headers}
        is_chunked = "content-length" not in names and int(code) not in (204, 304)
        for name, value in headers:
            self.send_header(name, value)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if self.command != "HEAD":
            for part in body:
                if part:
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if is_chunked else part)
            if is_chunked:
                self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silent: the journal tells more."""

    def log_error(self, *_anything: Any) -> None:
        """Silent: a connection that nobody uses any more is no error."""


def make_server(host: str, port: int, app: "WSGIApplication") -> ThreadedWSGIServer:
    """Bind and return; port 0 takes a free one, which `server.port` tells."""
    server = ThreadedWSGIServer(host, port, app, KeepAliveHandler)
    server.daemon_threads = True
    server.port = server.socket.getsockname()[1]
    return server
