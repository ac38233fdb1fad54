"""GraphQL over server-sent events, a stream for each operation (graphql-sse, distinct connections mode).

For clients behind proxies that break WebSockets: the same operations, told by the same broadcasts.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

import orjson
from graphql import OperationType
from starlette.types import ASGIApp, Receive, Scope, Send

from domain.refusals import FellBehind
from domain.viewers import Viewer
from gateway.concurrency import ConcurrencyLimit
from gateway.documents.operations import Operation
from gateway.errors import (
    UNAVAILABLE,
    FormattedError,
    RequestError,
    refuse_for_fault,
    refuse_for_refusal,
    refuse_request,
)
from gateway.http.access_log import LOGGED, REQUEST_ID
from gateway.http.authentication import require_viewer
from gateway.http.channel import CHANNEL
from gateway.http.watchdog import Watch, Watchdog
from gateway.live.attendance import Attendant
from gateway.live.backlog import Backlog
from gateway.live.broadcasts import Broadcast
from gateway.live.live import LIVE, Live
from gateway.messages.bodies import ClientGone, read_headers, receive_body
from gateway.messages.clients import client_of
from gateway.messages.negotiation import JSON, wants_events
from gateway.messages.parameters import Parameters, read_body
from gateway.messages.replies import reply_refusal
from resolvers.live.events import Event

_COMMENT_SECONDS: Final = 15.0


class StreamEndpoint:
    """Answers by a stream of events where the client asks for one, and has all else answered at once."""

    def __init__(
        self, answers: ASGIApp, listeners: ConcurrencyLimit, *, deadline_seconds: float, max_body_bytes: int
    ) -> None:
        self._answers = answers
        self._listeners = listeners
        self._watchdog = Watchdog(deadline_seconds)
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one that cannot be taken gets no stream."""
        headers = read_headers(scope)
        if scope["method"] != "POST" or not wants_events(headers.get(b"accept", b"")):
            await self._answers(scope, receive, send)
            return
        live: Live = scope["state"][LIVE]
        try:
            read = partial(self._read, live, headers, receive)
            parameters, viewer = await self._watchdog.watch(read, scope[REQUEST_ID])
            if live.is_stopping:
                raise refuse_request("The gateway stops. Ask again.", code=UNAVAILABLE, status=503)
            place = self._listeners.take()
        except ClientGone:
            return
        except RequestError as refusal:
            await reply_refusal(send, refusal, JSON)
        else:
            if viewer is not None:
                scope[LOGGED]["user_id"] = viewer.user.id
            scope["extensions"][CHANNEL].hold_little()
            with place:
                await Stream(live, viewer, scope[REQUEST_ID], client_of(scope)).run(parameters, receive, send)

    async def _read(
        self, live: Live, headers: dict[bytes, bytes], receive: Receive, watch: Watch
    ) -> tuple[Parameters, Viewer | None]:
        """Take what is asked, and find out for whom, unless anybody may ask it. Raises RequestError, ClientGone."""
        parameters = read_body(await receive_body(headers, receive, self._max_body_bytes))
        watch.look_after_client(receive)
        if live.is_for_anybody(parameters):
            return parameters, None
        return parameters, await require_viewer(live.services, headers.get(b"authorization"), datetime.now(UTC))


class Stream:
    """One operation, until it is complete or somebody leaves. What the client is slow to take waits here (S4)."""

    def __init__(self, live: Live, viewer: Viewer | None, request_id: str, client: str) -> None:
        self._live = live
        self._viewer = viewer
        self._request_id = request_id
        self._client = client
        self._waiting = Backlog()
        self._last_words: list[bytes] = []
        self._has_begun = self._is_over = self._is_shown_out = False
        self._arrived = asyncio.Event()
        self._beginning: asyncio.Timeout | None = None
        self._broadcast: Broadcast | None = None
        self._attendant = None if viewer is None else Attendant(viewer, self._be_shown_out)

    async def run(self, parameters: Parameters, receive: Receive, send: Send) -> None:
        """Send events until it is over, or why there are none."""
        try:
            if self._attendant is not None:
                self._live.attendance.enter(self._attendant)
        except RequestError as refusal:
            await reply_refusal(send, refusal, JSON)
            return
        gone = asyncio.create_task(self._leave_with_client(receive))
        self._live.at_stop.add(self.stop)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            await self._begin(parameters)
            self._has_begun = True
            if self._live.is_stopping:
                self._end()
            await self._send_all(send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self._live.at_stop.discard(self.stop)
            if self._attendant is not None:
                self._live.attendance.leave(self._attendant)
            if self._broadcast is not None:
                self._broadcast.leave(self)

    def tell(self, event: Event, payload: bytes) -> None:
        """Have an event wait until it can be sent; once it is over, whoever is slow is told no more (P6)."""
        if self._is_over:
            return
        try:
            self._waiting.put(event, payload)
        except FellBehind as refusal:
            self.fail(refuse_for_refusal(refusal).errors)
        self._arrived.set()

    def complete(self) -> None:
        """Send what waits, and say that it is complete."""
        self._end(_COMPLETE)

    def fail(self, errors: Sequence[FormattedError]) -> None:
        """Say why there can be no more."""
        self._end(_next(orjson.dumps({"errors": list(errors)})), _COMPLETE)

    def stop(self) -> None:
        """End without completing, as the gateway stops: the client comes back. What was to have one answer has it."""
        if self._has_begun:
            self._end()

    def _be_shown_out(self, reason: str) -> None:
        """End for somebody who may not be here any more (P6)."""
        self._is_shown_out = True
        self._waiting.clear()
        self.fail(refuse_request(f"{reason}.", code="FORBIDDEN").errors)

    def _end(self, *last_words: bytes) -> None:
        if not self._is_over:
            self._is_over = True
            self._last_words.extend(last_words)
            self._arrived.set()

    async def _leave_with_client(self, receive: Receive) -> None:
        """End when the client goes away, so that no work is done in vain."""
        while (await receive())["type"] != "http.disconnect":
            pass
        self._waiting.clear()
        self._end()
        if self._beginning is not None and not self._beginning.expired():
            self._beginning.reschedule(asyncio.get_running_loop().time())

    async def _begin(self, parameters: Parameters) -> None:
        """Run the operation, or have it told; what is wrong with it is told too."""
        try:
            operation = self._live.choose(parameters)
            async with self._live.in_time(operation) as self._beginning:
                await self._run(operation, parameters)
        except RequestError as refusal:
            self.fail(refusal.errors)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the client is told
            self.fail(refuse_for_fault(fault, self._request_id).errors)
        finally:
            self._beginning = None

    async def _run(self, operation: Operation, parameters: Parameters) -> None:
        if operation.kind is OperationType.SUBSCRIPTION and self._viewer is not None:
            self._broadcast = await self._live.join(operation, parameters, self._viewer, self)
        else:
            payload = await self._live.answer(
                operation, parameters, self._viewer, request_id=self._request_id, client=self._client
            )
            self._end(_next(payload), _COMPLETE)

    async def _tell_joined(self, send: Send, broadcast: Broadcast, event: Event) -> None:
        """Send what became one event while it waited."""
        try:
            payload = await broadcast.render(event)
        except RequestError as refusal:
            self.fail(refusal.errors)
        else:
            if not self._is_shown_out:
                await _send(send, _next(payload))

    async def _send_all(self, send: Send) -> None:
        """Send what is told as it comes, and now and then a comment, so that no proxy takes the stream for dead."""
        while True:
            try:
                async with asyncio.timeout(_COMMENT_SECONDS):
                    await self._arrived.wait()
            except TimeoutError:
                await _send(send, b":\n\n")
                continue
            self._arrived.clear()
            while self._waiting:
                event, payload = self._waiting.take()
                if payload is not None:
                    await _send(send, _next(payload))
                elif self._broadcast is not None:
                    await self._tell_joined(send, self._broadcast, event)
            if self._is_over:
                for words in self._last_words:
                    await _send(send, words)
                return


_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
)
_COMPLETE: Final = b"event: complete\ndata:\n\n"


def _next(payload: bytes) -> bytes:
    return b"event: next\ndata: " + payload + b"\n\n"


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
