"""Clients that are slow to take what was written: how much may wait for them, and how long."""

import asyncio
import fcntl
import socket
import termios
from array import array
from contextlib import suppress
from typing import Any, Final

PATIENCE: Final = "gateway.patience"
"""Where the state of an ASGI scope holds after how many seconds a client that takes nothing is cut off."""

# What may wait to be written before a reader counts as slow: here, and in the operating system, which would let it grow
# to some megabytes.
_MOST_BUFFERED_BYTES: Final = 16 * 1024
_MOST_SENT_BYTES: Final = 128 * 1024

_LAST_SECONDS: Final = 2.0
"""For what is still sent to a connection on which no more is answered: a close in its middle would lose the answer."""

# In the time after which a client is cut off. What is written may hide at one look that something was taken, but not at
# all of them: next to nothing is written while the client is slow.
_LOOKS: Final = 10


class Patience(asyncio.Protocol):
    """Goes before a protocol of uvicorn's, and watches the client of one connection.

    One that takes little, but takes it, is not cut off: it may be far away. What waits for it is bounded all the same.
    """

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    app_state: dict[str, Any]
    _stuck: asyncio.TimerHandle | None = None
    _end: asyncio.TimerHandle | None = None
    _waiting_bytes = 0
    _looks_in_vain = 0

    @property
    def is_blocked(self) -> bool:
        """Whether the client does not take what was written."""
        return self._stuck is not None

    def hold_little(self) -> None:
        """Let little wait for the client: it is to get the newest state, and not what was long ago (S4)."""
        self.transport.set_write_buffer_limits(high=_MOST_BUFFERED_BYTES)
        connection: socket.socket = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_SENT_BYTES)

    def say_last(self, words: bytes) -> None:
        """Write the last words, and close the connection soon."""
        self.transport.write(words)
        self.transport.write_eof()
        self._end = self.loop.call_later(_LAST_SECONDS, self.transport.close)  # which first writes what waits

    def pause_writing(self) -> None:
        """Note that the client does not take what was written, and cut it off if that stays so."""
        super().pause_writing()
        self._waiting_bytes, self._looks_in_vain = self._count_waiting(), 0
        self._look_later()

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        self._unstick()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave nothing behind."""
        self._unstick()
        if self._end is not None:
            self._end.cancel()
        super().connection_lost(exc)

    def _look_later(self) -> None:
        self._stuck = self.loop.call_later(self.app_state[PATIENCE] / _LOOKS, self._look)

    def _look(self) -> None:
        """Cut the client off if it has taken nothing at one look after the other."""
        before, self._waiting_bytes = self._waiting_bytes, self._count_waiting()
        self._looks_in_vain = 0 if self._waiting_bytes < before else self._looks_in_vain + 1
        if self._looks_in_vain < _LOOKS:
            self._look_later()
        else:
            self.transport.abort()

    def _count_waiting(self) -> int:
        """Count the bytes that the client has not taken, here and in the operating system.

        The latter asks for more only when a good part of what it holds was taken, which may be long after the first
        of it. Where it does not tell what it holds, only what waits here is counted.
        """
        held = array("i", [0])
        with suppress(OSError):
            fcntl.ioctl(self.transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, held)
        return self.transport.get_write_buffer_size() + held[0]

    def _unstick(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
