"""python -m sandbox [--port 9700]: runs the stand-in until it is stopped. The first line printed is its address."""

import argparse
import gc
import json
import os
import sys
import threading
from typing import Any

from sandbox.constant_contact.app import Sandbox
from sandbox.constant_contact.switches import Switches
from sandbox.constant_contact.world import World
from sandbox.server import make_server

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 9700


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options, shared with `manage.py sandbox`."""
    parser.add_argument("--host", default=DEFAULT_HOST, help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 for any free one (default %(default)s)")
    parser.add_argument(
        "--redirect-uri", action="append", default=[], metavar="URI", help="a redirect URI to register; may be repeated"
    )
    parser.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="position of a switch of sandbox/constant_contact/switches.py; may be repeated",
    )
    parser.add_argument("--stop-with-stdin", action="store_true", help="stop when standard input is closed")


def serve(host: str, port: int, redirect_uri: list[str], switch: list[str], stop_with_stdin: bool, **_: Any) -> None:
    """Serve until interrupted."""
    if stop_with_stdin:
        threading.Thread(target=_stop_with_stdin, daemon=True).start()
    gc.set_threshold(100_000, 20, 50)  # looking through a million contacts for garbage holds up every request
    world = World(Switches(**dict(_position(text) for text in switch)), tuple(redirect_uri))
    server = make_server(host, port, Sandbox(world))
    print(f"http://{host}:{server.port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()


def _stop_with_stdin() -> None:
    sys.stdin.read()
    os._exit(0)


def _position(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A stand-in for Constant Contact.")
    add_arguments(parser)
    serve(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
