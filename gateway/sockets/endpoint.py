"""GraphQL over WebSockets: one socket, many operations."""

import time
from collections.abc import Collection
from typing import Final

import structlog
from starlette.types import Receive, Scope, Send

from gateway.concurrency import ConcurrencyLimit
from gateway.live.live import LIVE, Live
from gateway.messages.bodies import read_headers
from gateway.messages.clients import client_of
from gateway.sockets.conversation import Conversation
from gateway.sockets.lobby import Lobby
from gateway.sockets.messages import PROTOCOL, CloseCode
from gateway.sockets.wire import WIRE, Wire

_log: Final = structlog.get_logger("gateway.access")


class SocketEndpoint:
    """Opens the WebSockets that come to `/graphql`."""

    def __init__(self, allowed_origins: Collection[str], lobby: Lobby, listeners: ConcurrencyLimit) -> None:
        self._allowed_origins = frozenset(allowed_origins)
        self._lobby = lobby
        self._listeners = listeners

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hold one socket, from its handshake to its end."""
        live: Live = scope["state"][LIVE]
        wire: Wire = scope["extensions"][WIRE]
        await receive()
        headers = read_headers(scope)
        if not self._is_welcome(headers):
            _refuse(wire, scope["path"], 403)
        elif live.is_stopping:
            _refuse(wire, scope["path"], 503)
        elif PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            wire.end(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
        else:
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
            client = client_of(scope)
            conversation = Conversation(live, wire, client, lobby=self._lobby, listeners=self._listeners)
            await _hold(conversation, scope, receive)

    def _is_welcome(self, headers: dict[bytes, bytes]) -> bool:
        """Tell whether the page that opens it is ours or a friend's; programs name no origin (RFC 6455, 10.2)."""
        origin = headers.get(b"origin")
        if origin is None:
            return True
        named = origin.decode("latin-1")
        return named in self._allowed_origins or named.partition("://")[2].encode("latin-1") == headers.get(b"host")


async def _hold(conversation: Conversation, scope: Scope, receive: Receive) -> None:
    started = time.monotonic()
    try:
        await conversation.run(receive)
    finally:
        attendant = conversation.attendant
        who = {} if attendant is None else {"user_id": attendant.viewer.user.id}
        _log.info(
            "socket",
            path=scope["path"],
            code=int(conversation.code),
            s=round(time.monotonic() - started, 1),
            operations=conversation.operations_begun,
            **who,
            request_id=conversation.request_id,
        )


def _refuse(wire: Wire, path: str, status: int) -> None:
    wire.refuse(status)
    _log.info("socket", path=path, status=status)
