"""The HTTP connection below ASGI: no client may keep it, or this process, for ever."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.http.patience import Patience

CHANNEL: Final = "gateway.channel"
"""Where the extensions of an ASGI scope hold the Channel."""

STOP: Final = "gateway.stop"
"""Where the state of an ASGI scope holds what to call when the process is told to stop."""

_HEAD_SECONDS: Final = 10.0
"""For the head of a request to come, from its first byte on or, of the first one, from the connection on."""

_HEAD_BYTES: Final = 32 * 1024
"""Of a head, or of trailers. What came in one read with what goes before them does not count."""

_BESIDE_A_HEADER: Final = len(b": \r\n")


def refusal(status: bytes, told: bytes) -> bytes:
    """Make an answer in plain text after which the connection is closed."""
    head = b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (status, len(told)) + told


_TOO_LARGE: Final = b"431 Request Header Fields Too Large"  # RFC 6585, section 5
_HEAD_TOO_LONG: Final = refusal(_TOO_LARGE, b"The head of a request may have at most %d bytes.\n" % _HEAD_BYTES)
_TRAILERS_TOO_LONG: Final = refusal(_TOO_LARGE, b"The trailers of a request may have at most %d bytes.\n" % _HEAD_BYTES)
_NO_REQUEST: Final = refusal(b"400 Bad Request", b"Invalid HTTP request received.\n")

_KEEPS_NOTHING: Final[Any] = deque[Any](maxlen=0)


class _HeadTooLong(Exception):  # noqa: N818 - it only has the parser stop
    """A head has more bytes than it may have."""


class Channel(Patience, HttpToolsProtocol):
    """One connection of uvicorn's."""

    parser: httptools.HttpRequestParser

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._head_begun: float | None = None
        self._next_look: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._trailer_bytes: int | None = None
        self._last_words = b""
        self._answered: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the head of a request."""
        super().connection_made(transport)
        self._head_begun = self.loop.time()
        self._next_look = self.loop.call_later(_HEAD_SECONDS, self._look_at_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request that is answered; uvicorn only tells the last that came, which may wait behind it."""
        self._stop_timers()
        if self._answered is not None:
            self._answered.disconnected = not self._answered.response_complete
            self._answered.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, but no head without an end, and nothing for ever that begins no request."""
        if self._last_words:
            return
        if self._head_begun is not None:
            self._head_bytes += len(data)
        elif self._trailer_bytes is not None:
            self._trailer_bytes += len(data)
        idle = self.timeout_keep_alive_task
        self._unset_keepalive_if_required()
        self._parse(data)
        if idle is not None and self._is_idle():
            # An empty line, or the rest of a body that was answered: uvicorn stops its timer for any byte.
            self.timeout_keep_alive_task = self.loop.call_at(idle.when(), self.timeout_keep_alive_handler)
        if self._head_begun is not None and self._head_bytes > _HEAD_BYTES:
            self._refuse(_HEAD_TOO_LONG)
        elif self._trailer_bytes is not None and self._trailer_bytes > _HEAD_BYTES:
            self._refuse(_TRAILERS_TOO_LONG)

    def on_message_begin(self) -> None:
        """Begin to wait for the head of another request."""
        super().on_message_begin()
        self.scope["extensions"] = {CHANNEL: self}  # type: ignore[dict-item]
        self._head_begun = self._head_begun or self.loop.time()

    def on_headers_complete(self) -> None:
        """Wait no more: what follows has a deadline of its own."""
        self._head_begun, self._head_bytes = None, 0
        if len(self.url) + sum(len(name) + len(value) + _BESIDE_A_HEADER for name, value in self.headers) > _HEAD_BYTES:
            self._refuse(_HEAD_TOO_LONG)
            raise _HeadTooLong
        super().on_headers_complete()
        if len(self.pipeline) == 1:
            self.flow.resume_reading()  # who does not read does not see that the client goes away

    def on_chunk_header(self) -> None:
        """Count what follows, and keep none of it: it is trailers unless it turns out to be a part of the body."""
        self._trailer_bytes = 0
        self.headers = _KEEPS_NOTHING

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._trailer_bytes = None
        super().on_body(body)

    def on_chunk_complete(self) -> None:
        """Count no more: the last chunk, which is empty, ends behind the trailers."""
        self._trailer_bytes = None

    def on_response_complete(self) -> None:
        """Go on to the next request, or to the last word."""
        super().on_response_complete()
        if self._last_words:
            self._refuse(self._last_words)

    def _parse(self, data: bytes) -> None:
        """Read on. This is what uvicorn's data_received does, save that it reads on behind a head with Upgrade."""
        try:
            self._parse_through(data)
        except httptools.HttpParserError:
            if not self._last_words:
                self.logger.warning("Invalid HTTP request received.")
                self._refuse(_NO_REQUEST)

    def _parse_through(self, data: bytes) -> None:
        """Have all of it parsed. Raises HttpParserError."""
        rest: bytes | memoryview = data
        while rest:
            try:
                self.parser.feed_data(rest)
            except httptools.HttpParserUpgrade as end:
                if self._get_upgrade() == b"websocket" and not self._is_answering:
                    self.handle_websocket_upgrade()
                    return
                if not self._should_upgrade():
                    return
                rest = memoryview(rest)[end.args[0] :]
                self._begin_parsing_anew()
                self.parser.feed_data(self._head_without_upgrade())
            else:
                return

    def _begin_parsing_anew(self) -> None:
        """Forget a head that was the last of its connection, or one of HTTP/1.0: behind it nothing more is parsed."""
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does

    def _should_upgrade(self) -> bool:
        """Have uvicorn begin no answer yet, save to CONNECT, where the parser has stopped at the end of a head."""
        return self.scope["method"] != "CONNECT"

    def _head_without_upgrade(self) -> bytes:
        """Write the head anew, as one that is parsed with its body: a server may ignore Upgrade (RFC 9110, 7.8)."""
        start = f"{self.scope['method']} ".encode() + self.url + f" HTTP/{self.scope['http_version']}\r\n".encode()
        lines = [b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        return b"".join((start, *lines, b"\r\n"))

    def handle_websocket_upgrade(self) -> None:
        """Leave the connection to a WebSocket, and tell it if the client does not take what was written before."""
        self._stop_timers()
        super().handle_websocket_upgrade()
        if self.is_blocked:  # perhaps only since little is held
            self._unstick()
            self.transport.get_protocol().pause_writing()

    def shutdown(self) -> None:
        """Let the application end its streams, which uvicorn would wait for."""
        stop: Callable[[], None] | None = self.app_state.get(STOP)
        if stop is not None:
            stop()
        super().shutdown()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Note which request is answered; uvicorn only knows the last that came."""
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _refuse(self, words: bytes) -> None:
        """Take no more, and say so after the answers that are under way."""
        self._last_words, self._head_begun = words, None
        self._drop_unfinished()
        if not self._is_answering and not self.transport.is_closing():
            self.say_last(words)

    def _drop_unfinished(self) -> None:
        """Have nobody wait for the rest of a request that will not come, unless its answer has begun."""
        cycle = self.cycle
        if self._answered is None or not cycle.more_body or cycle.response_started:
            return
        cycle.disconnected, cycle.waiting_for_100_continue = True, False
        cycle.message_event.set()
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()

    @property
    def _is_answering(self) -> bool:
        """Whether a request has come whose answer is not written yet."""
        cycle = self._answered
        return cycle is not None and not cycle.response_complete and not cycle.disconnected

    def _is_idle(self) -> bool:
        """Tell whether the last request was answered and the next one has not begun."""
        if self._head_begun is not None or self._is_answering or self._last_words:
            return False
        return self.transport.get_protocol() is self and not self.transport.is_closing()

    def _look_at_head(self) -> None:
        """Now and then cut off who has begun something without an end; no request needs a timer for that."""
        if self._head_begun is not None and self.loop.time() - self._head_begun >= _HEAD_SECONDS:
            self.transport.abort()
        else:
            self._next_look = self.loop.call_later(_HEAD_SECONDS, self._look_at_head)

    def _stop_timers(self) -> None:
        """Keep nothing in memory that only waits for its time."""
        self._unset_keepalive_if_required()
        if self._next_look is not None:
            self._next_look.cancel()
