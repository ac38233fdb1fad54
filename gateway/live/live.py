"""What a gateway process keeps running for those who are connected to it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import structlog
from graphql import OperationType

from domain.viewers import Viewer
from events.cancelling import cancel
from events.doorbell import Doorbell
from gateway.concurrency import OperationLimits
from gateway.documents.deadlines import Deadlines
from gateway.documents.documents import Documents
from gateway.documents.operations import Operation
from gateway.errors import RequestError, answer_of, too_slow
from gateway.execution import Execution, Run
from gateway.live.attendance import Attendance
from gateway.live.broadcasts import Broadcast, Broadcasts, Reader
from gateway.live.event_execution import EventExecution
from gateway.messages.parameters import Parameters
from gateway.messages.replies import write_answer
from gateway.services import Services, server_urls
from gateway.settings import Settings
from resolvers.live.watches import Watches

LIVE: Final = "gateway.live"
"""Where the state of an ASGI scope holds it."""

_PAUSE_SECONDS: Final = 1.0

_log: Final = structlog.get_logger("gateway.live")


class Live:
    """Who is connected, what they are told, and what is done with each of them when the process stops."""

    def __init__(  # noqa: PLR0913 - what those who are connected work with
        self,
        services: Services,
        *,
        documents: Documents,
        execution: Execution,
        operations: OperationLimits,
        attendance: Attendance,
        broadcasts: Broadcasts,
        deadlines: Deadlines,
    ) -> None:
        self.services = services
        self.attendance = attendance
        self._deadlines = deadlines
        self._documents = documents
        self._operations = operations
        self._execution = execution
        self._broadcasts = broadcasts
        self.is_stopping = False
        # What to call then.
        self.at_stop: set[Callable[[], None]] = set()

    def choose(self, parameters: Parameters) -> Operation:
        """Give the operation that is asked for. Raises RequestError."""
        return self._documents.prepare(parameters.query).choose(parameters.operation_name)

    def is_for_anybody(self, parameters: Parameters) -> bool:
        """Tell whether an operation asks for nobody to be signed in, as signing in does not."""
        try:
            operation = self.choose(parameters)
        except RequestError:
            return False
        return operation.kind is not OperationType.SUBSCRIPTION and not operation.needs_viewer

    @asynccontextmanager
    async def in_time(self, operation: Operation) -> AsyncGenerator[asyncio.Timeout]:
        """Give an operation its seconds; that may be moved. Raises RequestError for what takes longer."""
        seconds = self._deadlines.of(operation)
        deadline = asyncio.timeout(seconds)
        try:
            async with deadline:
                yield deadline
        except Exception as fault:
            if deadline.expired():
                raise too_slow(seconds) from fault
            raise

    async def join(self, operation: Operation, parameters: Parameters, viewer: Viewer, reader: Reader) -> Broadcast:
        """Have a subscription told to a reader, by the broadcast that is given. Raises RequestError."""
        run = self._admit(operation, parameters, viewer)
        return await self._broadcasts.join(run, parameters.query, parameters.variables, viewer, reader)

    async def answer(
        self, operation: Operation, parameters: Parameters, viewer: Viewer | None, *, request_id: str, client: str
    ) -> bytes:
        """Give the answer to a query or a mutation. Raises RequestError."""
        run = self._admit(operation, parameters, viewer)
        context = self.services.make_context(
            viewer, request_id=request_id, now=datetime.now(UTC), client=client, selected=operation.selected
        )
        limits = self._operations
        with limits.take(), limits.take_as_stranger(needs_viewer=operation.needs_viewer):
            result = await self._execution.finish(run, context, self.services.viewers)
        return write_answer(answer_of(result, request_id, run.extensions))

    def stop(self) -> None:
        """Stop for all, as the process was told to; uvicorn tells so once for each connection."""
        if self.is_stopping:
            return
        self.is_stopping = True
        for stop in tuple(self.at_stop):
            stop()

    def _admit(self, operation: Operation, parameters: Parameters, viewer: Viewer | None) -> Run:
        if viewer is not None:
            self._documents.keep(parameters.query)
        return self._execution.admit(operation, parameters.variables)


@asynccontextmanager
async def open_live(
    services: Services, documents: Documents, execution: Execution, operations: OperationLimits, settings: Settings
) -> AsyncGenerator[Live]:
    """Run what is live, until the block ends."""
    _, redis_url = server_urls(settings)
    doorbell = Doorbell(redis_url)
    watches = Watches(services.database, doorbell)
    attendance = Attendance(services.database, services.viewers, places_per_user=settings.max_sockets_per_user)
    deadlines = Deadlines(settings.operation_deadline_seconds, settings.bulk_deadline_seconds)
    of_events = EventExecution(services, execution, watches, deadline_seconds=deadlines.ordinary)
    running = [asyncio.create_task(_keep_running(run)) for run in (watches.run, attendance.run)]
    try:
        yield Live(
            services,
            documents=documents,
            execution=execution,
            operations=operations,
            attendance=attendance,
            broadcasts=Broadcasts(of_events, attendance),
            deadlines=deadlines,
        )
    finally:
        await cancel(*running)
        await doorbell.close()


async def _keep_running(run: Callable[[], Awaitable[None]]) -> None:
    """Run something that is to run for ever; a fault in it is logged, and does not leave the gateway without it."""
    while True:
        try:
            await run()
        except Exception as fault:  # noqa: BLE001 - whatever it is, there is another try
            _log.error("fault", exc_info=fault)
        await asyncio.sleep(_PAUSE_SECONDS)
