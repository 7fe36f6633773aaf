"""An HTTP server that answers exactly what a test tells it to: for answers no sensible service would give."""

import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """`announced` is the Content-Length told; more than the body has means the connection is cut in the middle."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    announced: int | None = None


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class ScriptedService:
    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._answers: deque[Answer] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.host = f"http://127.0.0.1:{self._server.server_port}"
        self.api_url = f"{self.host}/v3"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, status: int = 200, body: bytes | str = b"{}", **kwargs: Any) -> None:
        """Queue one answer; the last one is repeated."""
        self._answers.append(Answer(status, body.encode() if isinstance(body, str) else body, **kwargs))

    def forget(self) -> None:
        self._answers.clear()
        self.asked.clear()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 64 * 1024  # head and body in one packet: apart, each answer takes 40 ms

            def _reply(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service.asked.append(Asked(self.command, self.path, dict(self.headers.items()), body))
                answers = service._answers
                answer = answers.popleft() if len(answers) > 1 else answers[0]
                self.send_response(answer.status)
                for name, value in ({"Content-Type": "application/json"} | answer.headers).items():
                    self.send_header(name, value)
                length = len(answer.body) if answer.announced is None else answer.announced
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(answer.body)
                self.close_connection = answer.announced is not None

            do_GET = do_POST = do_DELETE = _reply

            def log_message(self, *_args: Any) -> None:
                pass

        return Handler
