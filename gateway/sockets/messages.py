"""The messages of graphql-transport-ws, read strictly: one that cannot be read ends the socket (its PROTOCOL.md)."""

from enum import IntEnum
from typing import Any, Final, TypeAlias, cast

from msgspec import Struct

from gateway.errors import RequestError
from gateway.messages.json_text import read_json
from gateway.messages.parameters import Parameters, take_parameters

PROTOCOL: Final = "graphql-transport-ws"

_LONGEST_ID: Final = 256


class CloseCode(IntEnum):
    """Why a socket is closed; the first two are registered (RFC 6455, 11.7), the others of the protocol."""

    GOING_AWAY = 1001
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429
    INTERNAL_ERROR = 4500


class Violation(Exception):  # noqa: N818 - of the protocol; an error is a fault of ours
    """What a client did that ends its socket."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class ConnectionInit(Struct, frozen=True):
    """Who the client is."""

    payload: dict[str, Any]


class Ping(Struct, frozen=True):
    """A question for a sign of life."""

    payload: dict[str, Any] | None


class Pong(Struct, frozen=True):
    """A sign of life."""


class Subscribe(Struct, frozen=True):
    """An operation to run."""

    id: str
    parameters: Parameters


class Complete(Struct, frozen=True):
    """An operation that is of no use to the client any more."""

    id: str


ClientMessage: TypeAlias = ConnectionInit | Ping | Pong | Subscribe | Complete


def read_message(text: str | None) -> ClientMessage:
    """Read a message; None is a binary one. Raises Violation (4400)."""
    if text is None:
        raise _bad("A message must be text")
    try:
        message = read_json(text.encode(), name="The message")
    except RequestError as refusal:
        raise _bad(str(refusal)) from None
    if not isinstance(message, dict):
        raise _bad("The message must be a JSON object")
    return _read(cast("dict[str, Any]", message))


def _read(message: dict[str, Any]) -> ClientMessage:
    match message.get("type"):
        case "connection_init":
            return ConnectionInit(_object(message) or {})
        case "ping":
            return Ping(_object(message))
        case "pong":
            _object(message)
            return Pong()
        case "subscribe":
            return Subscribe(_id(message), _parameters(message))
        case "complete":
            return Complete(_id(message))
        case _:
            raise _bad("The message has no type of the protocol")


def _id(message: dict[str, Any]) -> str:
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= _LONGEST_ID:
        raise _bad(f"The id must be a string of 1 to {_LONGEST_ID} characters")
    return id_


def _object(message: dict[str, Any]) -> dict[str, Any] | None:
    payload: object = message.get("payload")
    if not isinstance(payload, dict | None):
        raise _bad("The payload must be an object")
    return cast("dict[str, Any] | None", payload)


def _parameters(message: dict[str, Any]) -> Parameters:
    payload = _object(message)
    if payload is None:
        raise _bad("The payload is missing")
    try:
        return take_parameters(payload)
    except RequestError as refusal:
        raise _bad(str(refusal)) from None


def _bad(reason: str) -> Violation:
    return Violation(CloseCode.BAD_REQUEST, reason)
