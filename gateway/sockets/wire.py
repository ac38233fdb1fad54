"""The WebSocket below ASGI: frames that were made once for many sockets are written as they are.

uvicorn's protocol does all that reading takes, and the handshakes. Writing goes past it, straight to the transport,
since a message of ASGI, a frame object and a copy for each reader are what telling thousands of readers would cost.
"""

import asyncio
from asyncio.transports import BaseTransport
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame

from gateway.http.channel import STOP, refusal
from gateway.http.patience import Patience

WIRE: Final = "gateway.wire"
"""Where the extensions of an ASGI scope hold the Wire."""

_HANDSHAKE_SECONDS: Final = 10.0
"""From the request on, until the handshake is complete or what refuses it was taken."""

_NO_HANDSHAKE: Final = refusal(b"400 Bad Request", b"This is no handshake of a WebSocket.\n")
_CLOSE_SECONDS: Final = 2.0
# Bytes: of 125 in a control frame, two are the code's (RFC 6455, sections 5.5 and 5.5.1).
_LONGEST_REASON: Final = 123

_SHORT: Final = 126
_MEDIUM: Final = 1 << 16
_PONG: Final = b"\x8a"
_INVALID_TEXT: Final = 1007
_TOO_BIG: Final = 1009
_MOST_FRAMES: Final = 1_000
"""Of one message."""


def text_frame(payload: bytes) -> bytes:
    """Make the frame of a text message from a server (RFC 6455, section 5.2)."""
    return frame_head(len(payload)) + payload


def frame_head(length: int) -> bytes:
    """Make what goes before a text of so many bytes."""
    if length < _SHORT:
        return bytes((0x81, length))
    if length < _MEDIUM:
        return b"\x81\x7e" + length.to_bytes(2)
    return b"\x81\x7f" + length.to_bytes(8)


def _cut(reason: str) -> str:
    """Keep as much as a close frame can hold, and no part of a character."""
    return reason.encode()[:_LONGEST_REASON].decode(errors="ignore")


class Wire(Patience, WebSocketsSansIOProtocol):
    """One WebSocket of uvicorn's, with a way for frames that are ready."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.close_timeout = _CLOSE_SECONDS
        self.on_writable: Callable[[], None] = lambda: None
        self._handshake_end: asyncio.TimerHandle | None = None
        self._pong = b""

    def send_frame(self, frame: bytes) -> None:
        """Write a frame, whole; nothing once the socket is closing."""
        if not self.close_sent and not self.disconnected:
            self.transport.write(frame)

    def end(self, code: int, reason: str) -> None:
        """Close the socket; who does not answer that is cut off."""
        if self.close_sent or self.disconnected:
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        try:
            self.conn.send_close(code, _cut(reason))
        except InvalidState:
            self.transport.abort()
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def refuse(self, status: int) -> None:
        """Open no socket. uvicorn would answer that too, but then log as a fault that there is none."""
        if not self.handshake_complete and not self.transport.is_closing():
            self.conn.send_response(self.conn.reject(status, ""))
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
        self.handshake_complete = self.close_sent = True

    def connection_made(self, transport: BaseTransport) -> None:
        """Bound what may wait to be written, and how long the handshake may take."""
        super().connection_made(transport)
        self.hold_little()
        self._handshake_end = self.loop.call_later(_HANDSHAKE_SECONDS, self._look_at_handshake)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave nothing behind."""
        if self._handshake_end is not None:
            self._handshake_end.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and answer a request that is no handshake, which uvicorn would leave without an answer."""
        super().data_received(data)
        if not self.handshake_initiated and self.conn.handshake_exc is not None and not self.close_sent:
            self._refuse_handshake()

    def resume_writing(self) -> None:
        """Let what waits be written."""
        super().resume_writing()
        pong, self._pong = self._pong, b""
        self.send_frame(pong)
        self.on_writable()

    def shutdown(self) -> None:
        """Leave it to the application to finish what runs and to close the socket, which uvicorn would do with 1012."""
        stop: Callable[[], None] | None = self.app_state.get(STOP)
        if stop is not None:
            stop()
        if stop is None or not self.handshake_complete:
            super().shutdown()

    def handle_ping(self) -> None:
        """Answer a ping; who takes nothing has the last of them answered later (RFC 6455, section 5.5.3)."""
        if not self.is_blocked:
            super().handle_ping()
            return
        frames = self.conn.data_to_send()
        pongs = [frame for frame in frames if frame[:1] == _PONG]
        self._pong = pongs[-1] if pongs else self._pong
        self.transport.write(b"".join(frame for frame in frames if frame[:1] != _PONG))

    def handle_cont(self, event: Frame) -> None:
        """Gather the parts of a message, but not without end: however many are empty, they are not too many bytes."""
        if self.close_sent:
            return
        if len(self.frames) < _MOST_FRAMES:
            super().handle_cont(event)
        else:
            self.conn.fail(_TOO_BIG, f"over {_MOST_FRAMES} frames")
            self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        """Close for a text that is no UTF-8, which uvicorn would log with a traceback."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.conn.fail(_INVALID_TEXT, "invalid UTF-8")
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    async def run_asgi(self) -> None:
        """Let the application find this."""
        self.scope["extensions"] = {**self.scope.get("extensions", {}), WIRE: self}  # type: ignore[dict-item]
        await super().run_asgi()

    def _refuse_handshake(self) -> None:
        """Say what `websockets` has against it: a head that is too long (431, 414), or else anything (400)."""
        self.close_sent = True
        self.say_last(b"".join(self.conn.data_to_send()) or _NO_HANDSHAKE)

    def _look_at_handshake(self) -> None:
        """Cut off who is still not let in."""
        if not self.handshake_complete:
            self.transport.abort()
