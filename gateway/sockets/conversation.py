"""One socket, from its first message to its last."""

import asyncio
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

import orjson
from graphql import OperationType
from starlette.types import Receive

from domain.refusals import Unauthenticated
from domain.viewers import Viewer
from gateway.concurrency import ConcurrencyLimit, Slot
from gateway.errors import UNAVAILABLE, RequestError, log_fault, refuse_for_fault, refuse_request
from gateway.http.authentication import find_viewer
from gateway.live.attendance import Attendant
from gateway.live.live import Live
from gateway.messages.bodies import ClientGone
from gateway.messages.parameters import Parameters
from gateway.sockets.lobby import Lobby
from gateway.sockets.messages import (
    ClientMessage,
    CloseCode,
    Complete,
    ConnectionInit,
    Ping,
    Subscribe,
    Violation,
    read_message,
)
from gateway.sockets.operation import SocketOperation
from gateway.sockets.wire import Wire, text_frame
from persistence.failures import UNDONE

_MOST_OPERATIONS: Final = 20
_INIT_SECONDS: Final = 10.0
# What runs when the gateway is told to stop may take so long to finish.
_FINISH_SECONDS: Final = 7.0
_NORMAL: Final = 1000


class Conversation:
    """A client that speaks graphql-transport-ws."""

    def __init__(self, live: Live, wire: Wire, client: str, *, lobby: Lobby, listeners: ConcurrencyLimit) -> None:
        self.request_id = token_hex(8)
        self.code = _NORMAL
        self.operations_begun = 0
        self.attendant: Attendant | None = None
        self._authorization = b""
        self._live = live
        self._wire = wire
        self._client = client
        self._lobby = lobby
        self._listeners = listeners
        self._place: Slot | None = None
        self._operations: dict[str, SocketOperation] = {}
        self._is_stopping = False

    async def run(self, receive: Receive) -> None:
        """Take messages until either side ends it."""
        self._wire.on_writable = self._go_on
        self._live.at_stop.add(self._stop)
        try:
            await self._be_greeted(receive)
            while True:
                await self._take(await self._next(receive))
        except Violation as violation:
            self._end(violation.code, violation.reason)
        except ClientGone:
            pass
        except UNDONE as fault:
            log_fault(fault, self.request_id)
            self._end(CloseCode.TRY_AGAIN_LATER, "Try again later")
        except Exception as fault:  # noqa: BLE001 - whatever it is, the client is told
            log_fault(fault, self.request_id)
            self._end(CloseCode.INTERNAL_ERROR, f"Quote request id {self.request_id} when you report it")
        finally:
            self._let_go()

    async def _be_greeted(self, receive: Receive) -> None:
        """Wait until the client has told who it is. Raises Violation, ClientGone."""
        try:
            async with asyncio.timeout(_INIT_SECONDS):
                with self._lobby.wait(self._make_room):
                    while self.attendant is None:
                        await self._take(await self._next(receive))
        except TimeoutError:
            raise Violation(CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout") from None

    async def _next(self, receive: Receive) -> ClientMessage:
        """Give the next message; none while the client does not take what was written. Raises Violation, ClientGone."""
        await self._wire.writable.wait()
        event = await receive()
        if event["type"] == "websocket.disconnect":
            self.code = event["code"] if self.code == _NORMAL else self.code
            raise ClientGone
        return read_message(event.get("text"))

    async def _take(self, message: ClientMessage) -> None:
        """Do what a message says. Raises Violation."""
        match message:
            case ConnectionInit():
                await self._let_in(message)
            case Ping():
                pong: dict[str, Any] = {"type": "pong"}
                self._write(pong if message.payload is None else pong | {"payload": message.payload})
            case Subscribe():
                self._begin(message)
            case Complete():
                operation = self._operations.get(message.id)
                if operation is not None:
                    operation.stop()
            case _:
                pass

    async def _let_in(self, message: ConnectionInit) -> None:
        """Find out who the client is. Raises Violation."""
        if self.attendant is not None:
            raise Violation(CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
        given = {name.lower(): value for name, value in message.payload.items()}.get("authorization")
        if not isinstance(given, str):
            raise Violation(CloseCode.FORBIDDEN, "Forbidden: the payload has no authorization")
        self._authorization = given.encode("latin-1", "replace")
        attendant = Attendant(await self._find_viewer(), self._be_shown_out)
        try:
            self._place = self._listeners.take()
            self._live.attendance.enter(attendant)
        except RequestError as refusal:
            raise Violation(CloseCode.TRY_AGAIN_LATER, str(refusal)) from None
        self.attendant = attendant
        self._write({"type": "connection_ack"})

    async def _find_viewer(self) -> Viewer:
        """Look up whose token it is, and what they may do now. Raises Violation."""
        try:
            return await find_viewer(self._live.services, self._authorization, datetime.now(UTC))
        except Unauthenticated as refusal:
            raise Violation(CloseCode.FORBIDDEN, f"Forbidden: {refusal.message}") from None

    def _begin(self, message: Subscribe) -> None:
        """Have an operation run beside the others. Raises Violation."""
        if self.attendant is None:
            raise Violation(CloseCode.UNAUTHORIZED, "Unauthorized")
        if message.id in self._operations:
            raise Violation(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {message.id} already exists")
        operation = SocketOperation(self._wire, message.id, self._forget)
        if self._is_stopping:
            operation.fail(refuse_request("The gateway stops. Open another socket.", code=UNAVAILABLE).errors)
            return
        if len(self._operations) >= _MOST_OPERATIONS:
            told = f"A socket may run at most {_MOST_OPERATIONS} operations at once."
            operation.fail(refuse_request(told, code="TOO_MANY_OPERATIONS").errors)
            return
        self.operations_begun += 1
        self._operations[message.id] = operation
        operation.task = asyncio.create_task(self._operate(operation, message.parameters))

    async def _operate(self, operation: SocketOperation, parameters: Parameters) -> None:
        """Run an operation, and tell it alone what is wrong with it."""
        try:
            chosen = self._live.choose(parameters)
            async with self._live.in_time(chosen):
                viewer = await self._find_viewer()
                if chosen.kind is OperationType.SUBSCRIPTION:
                    operation.read_from(await self._live.join(chosen, parameters, viewer, operation))
                else:
                    payload = await self._live.answer(
                        chosen, parameters, viewer, request_id=self.request_id, client=self._client
                    )
                    operation.answer(payload)
        except RequestError as refusal:
            operation.fail(refusal.errors)
        except Violation as violation:
            self._end(violation.code, violation.reason)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the client is told
            operation.fail(refuse_for_fault(fault, self.request_id).errors)
        finally:
            operation.task = None

    def _make_room(self) -> None:
        """Close the socket of somebody who is silent, for another one."""
        self._end(CloseCode.TRY_AGAIN_LATER, "Too many sockets wait to be let in")

    def _be_shown_out(self, reason: str) -> None:
        """Close the socket of somebody who may not be here any more (P6)."""
        self._end(CloseCode.FORBIDDEN, f"Forbidden: {reason}")

    def _stop(self) -> None:
        """Close the socket as the gateway stops: at once, or when what runs is finished."""
        for operation in tuple(self._operations.values()):
            if operation.task is None:
                operation.stop()
        self._is_stopping = True
        if self._operations:
            asyncio.get_running_loop().call_later(_FINISH_SECONDS, self._go_away)
        else:
            self._go_away()

    def _go_away(self) -> None:
        self._end(CloseCode.GOING_AWAY, "Going away")

    def _end(self, code: CloseCode, reason: str) -> None:
        """Stop all, and close the socket."""
        self.code = code
        self._let_go()
        self._wire.end(code, reason)

    def _let_go(self) -> None:
        """Leave nothing behind."""
        self._live.at_stop.discard(self._stop)
        # None of them is forgotten one by one, which would end the socket anew.
        operations, self._operations = self._operations, {}
        for operation in operations.values():
            operation.stop()
        if self.attendant is not None:
            self._live.attendance.leave(self.attendant)
        if self._place is not None:
            self._place.free()

    def _forget(self, operation: SocketOperation) -> None:
        """Free the id of an operation that is done."""
        if self._operations.get(operation.id) is not operation:
            return
        del self._operations[operation.id]
        if self._is_stopping and not self._operations:
            self._go_away()

    def _go_on(self) -> None:
        """Write what waits, now that the client takes it."""
        for operation in tuple(self._operations.values()):
            operation.go_on()

    def _write(self, message: dict[str, Any]) -> None:
        self._wire.send_frame(text_frame(orjson.dumps(message)))
