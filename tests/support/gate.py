"""A gate in front of a server that a test can shut: who is inside is thrown out, nobody else gets in."""

import socket
import threading
from contextlib import suppress


class Gate:
    """Passes connections at `port` on to a server for as long as it is open."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._inside: set[socket.socket] = set()
        self.port = 0
        self.open()

    def open(self) -> None:
        self._door = socket.create_server(("127.0.0.1", self.port))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._let_in, args=(self._door,), daemon=True).start()

    def shut(self) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for one in list(self._inside):
            self._throw_out(one)

    def _let_in(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                guest, _address = door.accept()
                try:
                    host = socket.create_connection(self._server)
                except OSError:  # the server itself is down
                    guest.close()
                    continue
                self._inside |= {guest, host}
                for one, other in ((guest, host), (host, guest)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while told := one.recv(65536):
                other.sendall(told)
        self._throw_out(one)
        self._throw_out(other)

    def _throw_out(self, one: socket.socket) -> None:
        self._inside.discard(one)
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
