"""Answers as ASGI messages: what a framework's response object does, without the object."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from starlette.types import Send

from gateway.errors import RequestError
from gateway.messages.negotiation import MediaType

# What is answered depends on who asks and when.
_NO_STORE: Final = (b"cache-control", b"no-store")
_OK: Final = 200
# Data and errors in one answer (GraphQL over HTTP, Status Codes).
_PARTIAL_SUCCESS: Final = 294


_ENCODER: Final = msgspec.json.Encoder()


def write_answer(payload: Any) -> bytes:
    """Write an answer as JSON. Objects and instants that plans leave in it are written too (completion.objects)."""
    return _ENCODER.encode(payload)


async def reply_json(
    send: Send,
    payload: dict[str, Any],
    *,
    status: int,
    content_type: bytes,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Send a payload as JSON. Raises TypeError or ValueError, before anything is sent, for what JSON cannot say."""
    body = write_answer(payload)
    lines = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        _NO_STORE,
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})


async def reply_result(send: Send, payload: dict[str, Any], media_type: MediaType) -> None:
    """Send the result of an operation that ran."""
    partial = media_type.tells_by_status and "errors" in payload
    status = _PARTIAL_SUCCESS if partial else _OK
    await reply_json(send, payload, status=status, content_type=media_type.content_type)


async def reply_refusal(send: Send, refusal: RequestError, media_type: MediaType) -> None:
    """Send why a request was not taken; there is no data in it."""
    payload: dict[str, Any] = {"errors": refusal.errors}
    if refusal.extensions:
        payload["extensions"] = refusal.extensions
    status = _OK if refusal.well_formed and not media_type.tells_by_status else refusal.status
    await reply_json(send, payload, status=status, content_type=media_type.content_type, headers=refusal.headers)
