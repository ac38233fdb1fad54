"""The HTTP connection below ASGI: no client may keep it, or this process, for ever."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LEAVING: Final = "gateway.leaving"
"""Where the state of an ASGI scope holds what to call when the process is told to stop."""

PATIENCE: Final = "gateway.patience"
"""Where it holds for how many seconds a client may take nothing of what was written before it is cut off."""


class Channel(HttpToolsProtocol):
    """One connection of uvicorn's."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._stuck: asyncio.TimerHandle | None = None

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

    def shutdown(self) -> None:
        """Let the application end its streams, which uvicorn would wait for."""
        leave: Callable[[], None] | None = self.app_state.get(LEAVING)
        if leave is not None:
            leave()
        super().shutdown()

    def _unstick(self) -> None:
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None
