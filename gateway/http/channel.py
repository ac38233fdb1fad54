"""The HTTP connection below ASGI: no client may keep it, or this process, for ever."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.http.patience import Patience

CHANNEL: Final = "gateway.channel"
"""Where the extensions of an ASGI scope hold the Channel."""

LEAVING: Final = "gateway.leaving"
"""Where the state of an ASGI scope holds what to call when the process is told to stop."""

_HEAD_SECONDS: Final = 10.0
"""For the head of a request to come, from its first byte on or, of the first one, from the connection on."""

_HEAD_BYTES: Final = 32 * 1024
"""Of a head that is not complete yet."""


class Channel(Patience, HttpToolsProtocol):
    """One connection of uvicorn's."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._head_begun: float | None = None
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the head of a request."""
        super().connection_made(transport)
        self._head_begun = self.loop.time()
        self.loop.call_later(_HEAD_SECONDS, self._look_at_head)

    def data_received(self, data: bytes) -> None:
        """Read on, but no head without an end, and nothing for ever that begins no request."""
        idle = self.timeout_keep_alive_task
        super().data_received(data)
        if idle is not None and self._is_idle():
            # An empty line, or the rest of a body that was answered: uvicorn stops its timer for any byte.
            self.timeout_keep_alive_task = self.loop.call_at(idle.when(), self.timeout_keep_alive_handler)
        if self._head_begun is not None:
            self._head_bytes += len(data)
            if self._head_bytes > _HEAD_BYTES:
                self.transport.abort()

    def on_message_begin(self) -> None:
        """Begin to wait for the head of another request."""
        super().on_message_begin()
        self.scope["extensions"] = {CHANNEL: self}  # type: ignore[dict-item]
        self._head_begun = self._head_begun or self.loop.time()

    def on_headers_complete(self) -> None:
        """Wait no more: what follows has a deadline of its own."""
        self._head_begun, self._head_bytes = None, 0
        super().on_headers_complete()

    def shutdown(self) -> None:
        """Let the application end its streams, which uvicorn would wait for."""
        leave: Callable[[], None] | None = self.app_state.get(LEAVING)
        if leave is not None:
            leave()
        super().shutdown()

    def _is_idle(self) -> bool:
        """Tell whether the last request was answered and the next one has not begun."""
        is_answered = self._head_begun is None and self.cycle.response_complete
        return is_answered and self.transport.get_protocol() is self and not self.transport.is_closing()

    def _look_at_head(self) -> None:
        """Now and then cut off who has begun something without an end; no request needs a timer for that."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self._head_begun is not None and self.loop.time() - self._head_begun >= _HEAD_SECONDS:
            self.transport.abort()
        else:
            self.loop.call_later(_HEAD_SECONDS, self._look_at_head)
