"""Clients that are slow to take what was written: how much may wait for them, and how long."""

import asyncio
import socket
from typing import Any, Final

PATIENCE: Final = "gateway.patience"
"""Where the state of an ASGI scope holds after how many seconds a client that takes nothing is cut off."""

# What may wait to be written before a reader counts as slow: here, and in the operating system, which would let it grow
# to some megabytes.
_MOST_BUFFERED_BYTES: Final = 16 * 1024
_MOST_SENT_BYTES: Final = 128 * 1024


class Patience(asyncio.Protocol):
    """Goes before a protocol of uvicorn's, and watches the client of one connection."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    app_state: dict[str, Any]
    _stuck: asyncio.TimerHandle | None = None

    @property
    def is_blocked(self) -> bool:
        """Whether the client does not take what was written."""
        return self._stuck is not None

    def hold_little(self) -> None:
        """Let little wait for the client: it is to get the newest state, and not what was long ago (S4)."""
        self.transport.set_write_buffer_limits(high=_MOST_BUFFERED_BYTES)
        connection: socket.socket = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_SENT_BYTES)

    def pause_writing(self) -> None:
        """Note that the client does not take what was written, and cut it off if that stays so."""
        super().pause_writing()
        self._stuck = self.loop.call_later(self.app_state[PATIENCE], self.transport.abort)

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        self._unstick()

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave nothing behind."""
        self._unstick()
        super().connection_lost(exc)

    def _unstick(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
