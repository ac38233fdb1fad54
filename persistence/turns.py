"""Turns: who would wait for the same lock in the database waits here, where that takes no connection.

See docs/decisions/0012.
"""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from persistence.failures import StatementTimeout


class Turns:
    """The turns that are waited for in this process, in the order in which they were asked for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, turn: Hashable) -> AsyncGenerator[None]:
        """Have a turn for as long as the block runs. Raises StatementTimeout for one that does not come in time."""
        lock = self._locks.setdefault(turn, asyncio.Lock())
        try:
            async with asyncio.timeout(self._seconds):
                await lock.acquire()
        except TimeoutError:
            raise StatementTimeout("those who came before are not done") from None
        try:
            yield
        finally:
            lock.release()
