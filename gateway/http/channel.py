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
"""Of a head. While it is not complete, what came in one read with the end of another request does not count."""

_BESIDE_A_HEADER: Final = len(b": \r\n")


def refusal(status: bytes, told: bytes) -> bytes:
    """Make an answer in plain text after which the connection is closed."""
    head = b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (status, len(told)) + told


_TOO_LONG: Final = refusal(
    b"431 Request Header Fields Too Large",  # RFC 6585, section 5
    b"The head of a request may have %d bytes.\n" % _HEAD_BYTES,
)


class _HeadTooLong(Exception):  # noqa: N818 - it only has the parser stop
    """A head has more bytes than it may have."""


class Channel(Patience, HttpToolsProtocol):
    """One connection of uvicorn's."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._head_begun: float | None = None
        self._head_bytes = 0
        self._is_refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the head of a request."""
        super().connection_made(transport)
        self._head_begun = self.loop.time()
        self.loop.call_later(_HEAD_SECONDS, self._look_at_head)

    def data_received(self, data: bytes) -> None:
        """Read on, but no head without an end, and nothing for ever that begins no request."""
        if self._is_refused:
            return
        if self._head_begun is not None:
            self._head_bytes += len(data)
        idle = self.timeout_keep_alive_task
        super().data_received(data)
        if idle is not None and self._is_idle():
            # An empty line, or the rest of a body that was answered: uvicorn stops its timer for any byte.
            self.timeout_keep_alive_task = self.loop.call_at(idle.when(), self.timeout_keep_alive_handler)
        if self._head_begun is not None and self._head_bytes > _HEAD_BYTES:
            self._refuse_head()

    def on_message_begin(self) -> None:
        """Begin to wait for the head of another request."""
        super().on_message_begin()
        self.scope["extensions"] = {CHANNEL: self}  # type: ignore[dict-item]
        self._head_begun = self._head_begun or self.loop.time()

    def on_headers_complete(self) -> None:
        """Wait no more: what follows has a deadline of its own."""
        self._head_begun, self._head_bytes = None, 0
        if len(self.url) + sum(len(name) + len(value) + _BESIDE_A_HEADER for name, value in self.headers) > _HEAD_BYTES:
            self._refuse_head()
            raise _HeadTooLong
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Go on to the next request, or to the last word."""
        super().on_response_complete()
        if self._is_refused and not self._is_answering and not self.transport.is_closing():
            self.say_last(_TOO_LONG)

    def send_400_response(self, msg: str) -> None:
        """Say that it is no request of HTTP, unless it was told already what is wrong with it."""
        if not self._is_refused:
            super().send_400_response(msg)

    def shutdown(self) -> None:
        """Let the application end its streams, which uvicorn would wait for."""
        leave: Callable[[], None] | None = self.app_state.get(LEAVING)
        if leave is not None:
            leave()
        super().shutdown()

    def _refuse_head(self) -> None:
        """Take no more, and say so after the answers that are under way."""
        self._is_refused, self._head_begun = True, None
        if not self._is_answering and not self.transport.is_closing():
            self.say_last(_TOO_LONG)

    @property
    def _is_answering(self) -> bool:
        """Whether a request has come whose answer is not written yet."""
        return bool(self.cycle) and not self.cycle.response_complete  # there is none before the first request

    def _is_idle(self) -> bool:
        """Tell whether the last request was answered and the next one has not begun."""
        if self._head_begun is not None or self._is_answering or self._is_refused:
            return False
        return self.transport.get_protocol() is self and not self.transport.is_closing()

    def _look_at_head(self) -> None:
        """Now and then cut off who has begun something without an end; no request needs a timer for that."""
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self._head_begun is not None and self.loop.time() - self._head_begun >= _HEAD_SECONDS:
            self.transport.abort()
        else:
            self.loop.call_later(_HEAD_SECONDS, self._look_at_head)
