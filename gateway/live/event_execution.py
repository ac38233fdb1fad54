"""Subscriptions executed: once in the beginning, and then for each of their events."""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeAlias, cast

import structlog
from graphql import ExecutionResult

from domain.viewers import Viewer
from gateway.errors import RequestError, answer_of, cause_of, format_field_errors, too_slow
from gateway.execution import Execution, Run
from gateway.messages.replies import write_answer
from gateway.services import Services
from persistence.failures import UNDONE, DatabaseUnavailable
from resolvers.live.context import LiveContext
from resolvers.live.events import Event
from resolvers.live.sources import Source
from resolvers.live.watches import Watches

PAUSE_SECONDS: Final = 0.5
"""Between two tries at what the database did not do."""

_MOST_TRIES: Final = 5
"""At one event that comes to its deadline each time."""

Told: TypeAlias = tuple[Event, bytes]
"""An event, and the payload of the message that tells it."""

_log: Final = structlog.get_logger("gateway.events")


class EventExecution:
    """Executes the operation of a subscription as one of its readers; all others get the same bytes."""

    def __init__(self, services: Services, execution: Execution, watches: Watches, *, deadline_seconds: float) -> None:
        self._services = services
        self._execution = execution
        self._watches = watches
        self._deadline_seconds = deadline_seconds

    async def subscribe(self, run: Run, viewer: Viewer, request_id: str) -> Source:
        """Call what the document subscribes to. Raises RequestError."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                source = await self._execution.subscribe(run, self._make_context(run, viewer, request_id))
        except TimeoutError:
            raise too_slow(self._deadline_seconds) from None
        if isinstance(source, ExecutionResult):
            raise RequestError(format_field_errors(source.errors or (), request_id))
        return cast("Source", source)

    async def execute(self, run: Run, viewer: Viewer, request_id: str, events: Sequence[Event]) -> Sequence[Told]:
        """Execute the operation for each of a few events, and encode the answers.

        An event is told once: while the database is away or overloaded, what belongs to it is waited for. What takes
        too long together is tried in halves. Raises RequestError for one event that takes too long time and again.
        """
        took_too_long = 0
        while True:
            try:
                results = await self._results(run, self._make_context(run, viewer, request_id), events)
            except (*UNDONE, TimeoutError) as fault:
                _log.warning("event not executed", reason=repr(fault))
                took_too_long += not isinstance(fault, DatabaseUnavailable)
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                answers = [write_answer(answer_of(result, request_id)) for result in results]
                return list(zip(events, answers, strict=True))
            if took_too_long and len(events) > 1:
                middle = len(events) // 2
                first = await self.execute(run, viewer, request_id, events[:middle])
                return [*first, *await self.execute(run, viewer, request_id, events[middle:])]
            if took_too_long == _MOST_TRIES:
                raise too_slow(self._deadline_seconds)

    async def _results(self, run: Run, context: LiveContext, events: Sequence[Event]) -> Sequence[ExecutionResult]:
        """Execute the operation once for each event. Raises what says that it is UNDONE, and TimeoutError."""
        async with asyncio.timeout(self._deadline_seconds):
            started = [self._execution.start(run, context, event) for event in events]
            if len(started) == 1:
                results = [await _result_of(started[0])]
            else:
                results = await asyncio.gather(*[_result_of(one) for one in started])
        for result in results:
            _check_done(result)
        return results

    def _make_context(self, run: Run, viewer: Viewer, request_id: str) -> LiveContext:
        """Make what the events of this moment work with."""
        services = self._services
        return LiveContext(
            services.database,
            services.broker,
            viewer,
            request_id,
            datetime.now(UTC),
            self._watches,
            services.reads,
            run.operation.selected,
        )


def _check_done(result: ExecutionResult) -> None:
    """Raise the error that says that the database did not answer, where there is one."""
    for error in result.errors or ():
        if isinstance(cause := cause_of(error), UNDONE):
            raise cause


async def _result_of(started: ExecutionResult | Awaitable[ExecutionResult]) -> ExecutionResult:
    return started if isinstance(started, ExecutionResult) else await started
