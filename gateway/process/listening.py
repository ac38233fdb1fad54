"""The socket that the gateway listens on, taken before anything else is started."""

import errno
import socket

from gateway.setup_errors import SetupError

BACKLOG = 2048
"""Connections that may wait while all processes are busy."""

_ACCEPTED_AT_ONCE = 8


def bind(host: str, port: int) -> socket.socket:
    """Take the port. Raises SetupError where it cannot be had."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Two processes may bind one port as long as neither listens: so the second one is told now.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise SetupError(_reason(host, port, error)) from error
    return listener


def copies_of(listener: socket.socket) -> list[socket.socket]:
    """Give a listening socket several times over.

    uvloop accepts one connection of each socket in a turn of its loop. A loop with much to do turns rarely: of one
    socket, those who are to be refused would wait for seconds to hear it, and so would those who are served.
    """
    return [listener, *(listener.dup() for _ in range(_ACCEPTED_AT_ONCE - 1))]


def _reason(host: str, port: int, error: OSError) -> str:
    """Say why the port cannot be had, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: end the program that listens there, or set GATEWAY_PORT to another port."
    if error.errno == errno.EACCES:
        return f"Port {port} is not for ordinary users: set GATEWAY_PORT to a port above 1023."
    return f"Nothing can listen on {host} ({error.strerror}): set GATEWAY_HOST to an address of this machine."
