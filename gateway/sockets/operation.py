"""One operation on a socket: what was subscribed to under one id, until it is complete."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from domain.refusals import FellBehind
from gateway.errors import FormattedError, RequestError, refuse_for_refusal
from gateway.live.backlog import Backlog
from gateway.live.broadcasts import Broadcast
from gateway.sockets.wire import Wire, frame_head, text_frame
from resolvers.live.events import Event


class SocketOperation:
    """Writes what is to be told under its id. When the client is slow, only the newest of each thing waits (S4)."""

    __slots__ = (
        "_broadcast",
        "_head",
        "_id",
        "_is_complete",
        "_is_done",
        "_on_done",
        "_retelling",
        "_waiting",
        "_wire",
        "task",
    )

    def __init__(self, wire: Wire, id_: str, on_done: Callable[["SocketOperation"], None]) -> None:
        self.task: asyncio.Task[None] | None = None
        self._wire = wire
        self._id = id_
        self._head = b'{"id":' + orjson.dumps(id_) + b',"type":"next","payload":'
        self._on_done = on_done
        self._broadcast: Broadcast | None = None
        self._is_complete = self._is_done = False
        self._waiting = Backlog()
        self._retelling: asyncio.Task[None] | None = None

    @property
    def id(self) -> str:
        """The id that the client gave it."""
        return self._id

    def read_from(self, broadcast: Broadcast) -> None:
        """Note who tells it, to leave in the end; that may be now."""
        if self._is_done:
            broadcast.leave(self)
        else:
            self._broadcast = broadcast

    def tell(self, event: Event, payload: bytes) -> None:
        """Write an event, or have it wait where the client does not take what was written before."""
        if self._is_done:
            return
        if self._waiting or self._retelling is not None or self._wire.is_blocked:
            self._put_aside(event, payload)
        else:
            self._tell_payload(payload)

    def answer(self, payload: bytes) -> None:
        """Write the one answer."""
        self._tell_payload(payload)
        self.complete()

    def _tell_payload(self, payload: bytes) -> None:
        """Write a payload at once. It was made once for all; only the id is this operation's own."""
        head = self._head
        self._wire.send_frame(b"".join((frame_head(len(head) + len(payload) + 1), head, payload, b"}")))

    def complete(self) -> None:
        """Say that there will be no more, after what waits."""
        if not self._is_done:
            self._is_complete = True
            self.go_on()

    def fail(self, errors: Sequence[FormattedError]) -> None:
        """Say why there can be no more."""
        if not self._is_done:
            self._write({"id": self._id, "type": "error", "payload": list(errors)})
            self.stop()

    def go_on(self) -> None:
        """Write what waits, now that the client takes it, and that there will be no more where that is so."""
        while self._waiting and self._retelling is None and not self._wire.is_blocked:
            event, payload = self._waiting.take()
            if payload is not None:
                self._tell_payload(payload)
            elif self._broadcast is not None:
                self._retelling = asyncio.create_task(self._tell_joined(self._broadcast, event))
        if self._is_complete and not self._waiting and self._retelling is None:
            self._write({"id": self._id, "type": "complete"})
            self.stop()

    async def _tell_joined(self, broadcast: Broadcast, event: Event) -> None:
        """Write what became one event while it waited, and go on."""
        try:
            payload = await broadcast.render(event)
        except RequestError as refusal:
            self.fail(refusal.errors)
            return
        if not self._is_done:
            self._retelling = None
            self._tell_payload(payload)
            self.go_on()

    def stop(self) -> None:
        """Leave everything."""
        if self._is_done:
            return
        self._is_done = True
        self._waiting.clear()
        for task in (self.task, self._retelling):
            if task is not None and task is not asyncio.current_task():
                task.cancel()
        if self._broadcast is not None:
            self._broadcast.leave(self)
        self._on_done(self)

    def _put_aside(self, event: Event, payload: bytes) -> None:
        try:
            self._waiting.put(event, payload)
        except FellBehind as refusal:
            self.fail(refuse_for_refusal(refusal).errors)

    def _write(self, message: dict[str, Any]) -> None:
        self._wire.send_frame(text_frame(orjson.dumps(message)))
