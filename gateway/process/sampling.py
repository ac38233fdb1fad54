"""Metrics that are looked at every second: to count each coming and going would take longer than some of them last."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from events.cancelling import cancel
from gateway.concurrency import ConcurrencyLimit, OperationLimits
from gateway.metrics import CONNECTIONS_LENT, CONNECTIONS_WAITED_FOR, LISTENERS, OPERATIONS_RUNNING
from persistence.database import Database

_PAUSE_SECONDS: Final = 1.0


@asynccontextmanager
async def sampling(
    operations: OperationLimits, listeners: ConcurrencyLimit, database: Database
) -> AsyncGenerator[None]:
    """Look at what a process does, for as long as the block runs."""

    async def sample() -> None:
        while True:
            OPERATIONS_RUNNING.set(operations.taken)
            LISTENERS.set(listeners.taken)
            CONNECTIONS_LENT.set(database.connections_lent)
            CONNECTIONS_WAITED_FOR.set(database.connections_waited_for)
            await asyncio.sleep(_PAUSE_SECONDS)

    running = asyncio.create_task(sample())
    try:
        yield
    finally:
        await cancel(running)
