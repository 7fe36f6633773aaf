"""A line between a worker host and Constant Contact that can be slow and can be cut, at moments that matter.

It reads just enough of HTTP/1.1 to know where a request ends and that it was answered: an import that is cut on its way
changes nothing, one that is cut when it is through was carried out, and nobody is told.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from enum import Enum

LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
CHUNK = 65_536
JUST_NOW = 0.5  # an answer that came so many seconds ago may not be written down yet


class Cut(Enum):
    ON_ITS_WAY = "before the request is through"
    ANSWER = "after the request is through, before the answer"


class Line:
    """Passes connections at `port` on to a server. `lost` counts imports that may have been carried out unanswered."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._wires: set[Wire] = set()
        self._lock = threading.Lock()
        self._next: list[Cut] = []
        self.speed: float | None = None  # bytes a second, towards the server
        self.lost = 0
        self.cuts = 0
        self._door = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._door.getsockname()[1])
        threading.Thread(target=self._let_in, daemon=True).start()

    def cut_next_import(self, cut: Cut) -> None:
        """Cut the line once, at this moment of the next import that comes there."""
        with self._lock:
            self._next.append(cut)

    def cut_all(self) -> None:
        """Cut every connection, whatever it is at."""
        with self._lock:
            wires = list(self._wires)
        for wire in wires:
            self.cuts += 1
            self.lost += wire.is_import and wire.left == 0
            wire.close()

    def imports_under_way(self) -> int:
        """How many imports have begun here and are not answered."""
        with self._lock:
            return sum(wire.is_import for wire in self._wires)

    def answers_at_risk(self) -> int:
        """How many imports are not answered, or were answered just now: what is killed now has not written it."""
        now = time.monotonic()
        with self._lock:
            return sum(wire.is_import or now - wire.answered_at < JUST_NOW for wire in self._wires)

    def mend(self) -> None:
        """As fast as it goes, and nothing to be cut."""
        with self._lock:
            self._next.clear()
        self.speed = None

    def close(self) -> None:
        self._door.close()
        self.cut_all()

    def take(self, cut: Cut) -> bool:
        """Whether it is this cut's turn, which is then over."""
        with self._lock:
            if self._next and self._next[0] == cut:
                self._next.pop(0)
                self.cuts += 1
                self.lost += cut == Cut.ANSWER
                return True
        return False

    def forget(self, wire: Wire) -> None:
        with self._lock:
            self._wires.discard(wire)

    def _let_in(self) -> None:
        with suppress(OSError):
            while True:
                guest, _address = self._door.accept()
                try:
                    host = socket.create_connection(self._server, timeout=10)
                except OSError:
                    guest.close()
                    continue
                host.settimeout(None)
                wire = Wire(self, guest, host)
                with self._lock:
                    self._wires.add(wire)
                wire.start()


class Wire:
    """One connection."""

    def __init__(self, line: Line, guest: socket.socket, host: socket.socket) -> None:
        self._line, self._guest, self._host = line, guest, host
        self._head = b""
        self.left = 0  # bytes of the request under way that are still to come
        self.is_import = False  # begun, and not answered
        self.answered_at = 0.0  # the last import

    def start(self) -> None:
        for source, passed in ((self._guest, self._up), (self._host, self._down)):
            threading.Thread(target=self._carry, args=(source, passed), daemon=True).start()

    def close(self) -> None:
        self._line.forget(self)
        for end in (self._guest, self._host):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _carry(self, source: socket.socket, passed: Callable[[bytes], bool]) -> None:
        with suppress(OSError):
            while (data := source.recv(CHUNK)) and passed(data):
                pass
        self.close()

    def _up(self, data: bytes) -> bool:
        self._read(data)
        if self.is_import and self.left and self._line.take(Cut.ON_ITS_WAY):
            self._host.sendall(data[: len(data) // 2])
            return False
        self._host.sendall(data)
        if self._line.speed:
            time.sleep(len(data) / self._line.speed)
        return True

    def _down(self, data: bytes) -> bool:
        if self.is_import and self.left == 0 and self._line.take(Cut.ANSWER):
            return False
        if self.is_import:
            self.answered_at = time.monotonic()
        self._guest.sendall(data)
        self.is_import = False
        return True

    def _read(self, data: bytes) -> None:
        """Follow where the request under way ends."""
        if self.left:
            self.left = max(0, self.left - len(data))
            return
        self._head += data
        head, found, body = self._head.partition(b"\r\n\r\n")
        if not found:
            return
        length = LENGTH.search(head)
        self._head = b""
        self.is_import = head.startswith(b"POST ") and b"_import " in head.split(b"\r\n", 1)[0]
        self.left = max(0, int(length.group(1)) - len(body)) if length else 0
