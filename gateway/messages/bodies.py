"""Headers and bodies as ASGI brings them."""

from typing import Final

from starlette.types import Receive, Scope

from gateway.errors import RequestError, refuse_request
from gateway.messages.negotiation import is_json

# For an answer to a request that was not read to its end: nothing more can come over this connection.
CLOSE: Final = (b"connection", b"close")
# As many as tell that a number is too large.
_DIGITS: Final = 18


class ClientGone(Exception):  # noqa: N818 - nobody is wrong: there is just nobody left to answer
    """The client went away."""


def read_headers(scope: Scope) -> dict[bytes, bytes]:
    """Give the headers by their lower-case names; one that came several times is joined, as RFC 9110, 5.3 says."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


async def receive_body(headers: dict[bytes, bytes], receive: Receive, max_bytes: int) -> bytes:
    """Receive a body that says that it is JSON, and stop where it gets too long.

    Raises RequestError (415, 413), ClientGone.
    """
    if not is_json(headers.get(b"content-type", b"")) or b"content-encoding" in headers:
        raise refuse_request("Send application/json.", code="UNSUPPORTED_MEDIA_TYPE", status=415)
    declared_length = headers.get(b"content-length", b"")
    if declared_length.isdigit() and int(declared_length[:_DIGITS]) > max_bytes:
        raise _too_large(max_bytes)
    chunks: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        chunks.append(chunk)
        length += len(chunk)
        if length > max_bytes:
            raise _too_large(max_bytes)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _too_large(max_bytes: int) -> RequestError:
    return refuse_request(
        f"A body may have at most {max_bytes} bytes.", code="BODY_TOO_LARGE", status=413, headers=[CLOSE]
    )
