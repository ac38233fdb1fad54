"""A client that takes nothing of what was written is cut off in the end."""

import asyncio
from typing import Any, Final

PATIENCE: Final = "gateway.patience"
"""Where the state of an ASGI scope holds after how many seconds."""


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
