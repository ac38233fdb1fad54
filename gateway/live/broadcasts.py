"""One source, one execution and one encoding of each event, for all readers to whom it looks the same.

It looks the same where document, operation, variables, role and account are the same and, where the document asks what
the viewer may do, the viewer too.
"""

import asyncio
from collections.abc import Sequence
from secrets import token_hex
from typing import Any, Final, NamedTuple, Protocol
from weakref import WeakValueDictionary

import orjson
import structlog

from domain.refusals import Refusal
from domain.users import Role
from domain.viewers import Viewer
from gateway.errors import FormattedError, RequestError, refuse_for_fault, refuse_for_refusal
from gateway.execution import Run
from gateway.live.attendance import Attendance
from gateway.live.event_execution import PAUSE_SECONDS, EventExecution, Told
from gateway.metrics import EVENTS_TOLD
from persistence.failures import UNDONE
from resolvers.live.events import Event
from resolvers.live.sources import Source
from schema.schema import VIEWER_FIELDS

# Events that are executed at once, sharing what they load, and readers that are told before others get a turn.
_EVENTS_AT_ONCE: Final = 50
_READERS_AT_ONCE: Final = 500
# How long an answer may be told to those who join, who want all of it as it stands.
_FRESH_SECONDS: Final = 1.0

_log: Final = structlog.get_logger("gateway.broadcasts")


class _Kept(NamedTuple):
    """How an event was told to those who joined, and when."""

    event: Event
    payload: bytes
    at: float


class Reader(Protocol):
    """Somebody who is told; none of this may wait."""

    def tell(self, event: Event, payload: bytes) -> None:
        """Take an event."""
        ...

    def complete(self) -> None:
        """Take in that no more will follow."""
        ...

    def fail(self, errors: Sequence[FormattedError]) -> None:
        """Take in that no more can follow."""
        ...


class BroadcastKey(NamedTuple):
    """What decides how events look."""

    text: str
    operation_name: str | None
    variables: bytes
    role: Role
    account_id: str
    viewer_id: str | None


class Broadcasts:
    """The broadcasts of a process."""

    def __init__(self, execution: EventExecution, attendance: Attendance) -> None:
        self._execution = execution
        self._attendance = attendance
        # Of those that somebody reads or waits for: nobody else needs one.
        self._open: WeakValueDictionary[BroadcastKey, Broadcast] = WeakValueDictionary()

    async def join(self, run: Run, text: str, variables: dict[str, Any], viewer: Viewer, reader: Reader) -> "Broadcast":
        """Have a reader told from now on, first how everything stands (S2). Raises RequestError."""
        by_viewer = not VIEWER_FIELDS.isdisjoint(run.operation.selected)
        key = BroadcastKey(
            text,
            run.operation.name,
            orjson.dumps(variables, option=orjson.OPT_SORT_KEYS),
            viewer.role,
            viewer.account_id,
            viewer.user.id if by_viewer else None,
        )
        while True:
            broadcast = self._open.get(key)
            if broadcast is None or broadcast.has_ended:
                broadcast = self._open[key] = Broadcast(self._execution, self._attendance, run, viewer)
            if await broadcast.join(reader):
                return broadcast


class Broadcast:
    """What all readers of one key share. Nobody can join one that has ended."""

    def __init__(self, execution: EventExecution, attendance: Attendance, run: Run, viewer: Viewer) -> None:
        self._execution = execution
        self._attendance = attendance
        self._run = run
        self._viewer = viewer
        self._request_id = token_hex(8)
        # A reader joins, and waits for the next turn; enters, while its first events are executed; and then reads. The
        # guests are all of them, and those who are still within `join`.
        self._readers: set[Reader] = set()
        self._joining: list[Reader] = []
        self._entering: list[Reader] = []
        self._guests = 0
        self.has_ended = False
        self._kept: dict[str, _Kept] = {}
        self._source: asyncio.Task[Source] = asyncio.create_task(execution.subscribe(run, viewer, self._request_id))
        self._telling: asyncio.Task[None] | None = None

    async def join(self, reader: Reader) -> bool:
        """Have a reader told, after what is committed by now was read; False where this broadcast is over."""
        self._guests += 1
        try:
            source = await asyncio.shield(self._source)
            if self._telling is None:
                self._telling = asyncio.create_task(self._tell_until_over(source))
            else:
                await source.catch_up()
        except BaseException:
            self.leave(reader)
            raise
        if self._telling.done():
            self.leave(reader)
            return False
        self._joining.append(reader)
        source.wake()
        return True

    def leave(self, reader: Reader) -> None:
        """Tell a reader no more; the last one ends the broadcast."""
        self._readers.discard(reader)
        for waiting in (self._joining, self._entering):
            if reader in waiting:
                waiting.remove(reader)
        self._guests -= 1
        if self._guests == 0:
            self._end()

    async def render(self, event: Event) -> bytes:
        """Execute an event for a reader who was slow, and for whom it was joined of several. Raises RequestError.

        Whoever may not be here any more has been shown out when it is there.
        """
        try:
            ((_, payload),) = await self._execute([event])
            await self._be_sure()
        except RequestError:
            raise
        except Exception as fault:
            raise refuse_for_fault(fault, self._request_id) from fault
        return payload

    def _end(self) -> None:
        self.has_ended = True
        if self._telling is not None:
            self._telling.cancel()
        if not self._source.done():
            self._source.cancel()
        elif not self._source.cancelled() and self._source.exception() is None:
            self._source.result().close()

    async def _tell_until_over(self, source: Source) -> None:
        """Tell all readers of all changes, until the source is over or the last reader has left."""
        try:
            while await self._tell_next(source) or self._joining:
                pass
        except Refusal as refusal:
            self._fail(refuse_for_refusal(refusal))
        except RequestError as refusal:
            self._fail(refusal)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the readers are told
            self._fail(refuse_for_fault(fault, self._request_id))
        else:
            for reader in tuple(self._readers):
                reader.complete()
        finally:
            self.has_ended = True
            source.close()

    def _fail(self, refusal: RequestError) -> None:
        for reader in (*self._readers, *self._entering, *self._joining):
            reader.fail(refusal.errors)

    async def _tell_next(self, source: Source) -> bool:
        """Wait for changes, tell them, and let in who joins; False when there will be no more.

        Who joins has read anew before: what was found is in the changes or in the snapshot. The snapshot is taken
        together with the changes, so that nobody gets something older later. Where there is none, as with changed
        users, who joins is told the changes: some may be a little older than the joining, and none is missed.
        """
        try:
            changes = await source.changes()
        except UNDONE as fault:
            _log.warning("changes not read", reason=repr(fault))
            await asyncio.sleep(PAUSE_SECONDS)
            source.wake()
            return True
        self._entering, self._joining = self._joining, []
        snapshot = source.snapshot() if self._entering else ()
        only_changes = () if snapshot else self._entering
        for start in range(0, len(changes) if changes and (self._readers or only_changes) else 0, _EVENTS_AT_ONCE):
            told = await self._execute((changes or ())[start : start + _EVENTS_AT_ONCE])
            await self._be_sure()
            await self._tell((*self._readers, *only_changes), told)
        first = await self._execute_snapshot(snapshot)
        await self._be_sure()
        entered, self._entering = self._entering, []
        self._readers.update(entered)
        await self._tell(entered, first)
        return changes is not None

    async def _tell(self, readers: Sequence[Reader], told: Sequence[Told]) -> None:
        EVENTS_TOLD.inc(len(readers) * len(told))
        for start in range(0, len(readers) if told else 0, _READERS_AT_ONCE):
            if start:
                await asyncio.sleep(0)
            for reader in readers[start : start + _READERS_AT_ONCE]:
                for event, payload in told:
                    reader.tell(event, payload)

    async def _be_sure(self) -> None:
        """Wait until it is known that all readers may still be here (P6, S5)."""
        while True:
            try:
                return await self._attendance.be_sure()
            except UNDONE as fault:
                _log.warning("rights not read", reason=repr(fault))
                await asyncio.sleep(PAUSE_SECONDS)

    async def _execute_snapshot(self, snapshot: Sequence[Event]) -> Sequence[Told]:
        """Execute a snapshot, but for what was executed just now for others who joined."""
        now = asyncio.get_running_loop().time()
        self._kept = {id_: kept for id_, kept in self._kept.items() if now - kept.at < _FRESH_SECONDS}
        missing = [event for event in snapshot if event.id not in self._kept or self._kept[event.id].event != event]
        for start in range(0, len(missing), _EVENTS_AT_ONCE):
            for event, payload in await self._execute(missing[start : start + _EVENTS_AT_ONCE]):
                self._kept[event.id] = _Kept(event, payload, now)
        return [(event, self._kept[event.id].payload) for event in snapshot]

    async def _execute(self, events: Sequence[Event]) -> Sequence[Told]:
        return await self._execution.execute(self._run, self._viewer, self._request_id, events)
