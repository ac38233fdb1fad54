"""Lends the connections of a pool, many thousand times a second.

asyncpg's pool makes a task whenever a connection comes back, which takes longer than many a statement. It makes the
connections here, and takes back those about which there is any doubt. One that comes back sound goes on to whoever has
waited longest, or rests where the next one finds it.
"""

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final, TypeAlias

import asyncpg

PATIENCE_SECONDS: Final = 2.0
"""For an answer that should have come by now."""

_REFUSED_SECONDS: Final = 1.0
"""For which no new connection is tried where the server has just refused one more."""

Lent: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


class Lender:
    """Lends as many connections as the pool holds, or the server allows; who comes when all are lent waits in turn."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._resting: list[Lent] = []
        self._waiting: deque[asyncio.Future[Lent | None]] = deque()
        self._taken = 0
        self._refused_until = 0.0

    @property
    def size(self) -> int:
        """How many connections there can be."""
        return self._pool.get_max_size()

    @property
    def lent(self) -> int:
        """How many connections are lent, or on their way."""
        return self._taken - len(self._resting)

    @property
    def waited_for(self) -> int:
        """How many wait for a connection."""
        return sum(not waiter.done() for waiter in self._waiting)

    @property
    def is_exhausted(self) -> bool:
        """Tell whether who comes now may have to wait: all are lent, and the server may allow no more."""
        return not self._resting and self._taken > 0

    async def close(self) -> None:
        """Give all connections back to the server, once nobody uses them; cut off in the end what still is used."""
        resting = [connection for connection in self._resting if not has_ended(connection)]
        self._taken -= len(self._resting)
        self._resting.clear()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(*(connection.close() for connection in resting), return_exceptions=True)
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()

    async def lend(self) -> Lent:
        """Give a connection. Raises what asyncpg raises where a new one cannot be made.

        Where the server allows no more than are there already, one of those does. Whose turn it was, and who found no
        room all the same, is the next.
        """
        had_a_turn = False
        while True:
            while self._resting:
                connection = self._resting.pop()
                if not has_ended(connection):
                    return connection
                await self.retire(connection)
            if self._has_room():
                is_first = not self._taken  # those who come together may all be refused for the sake of each other
                try:
                    return await self._take()
                except asyncpg.TooManyConnectionsError:
                    if is_first and not self._taken:
                        raise
                    self._refused_until = asyncio.get_running_loop().time() + _REFUSED_SECONDS
            elif (handed := await self._wait(is_next=had_a_turn)) is not None:
                return handed
            else:
                had_a_turn = True

    def take_back(self, connection: Lent) -> None:
        """Take back a connection that is sound, and that nothing runs on."""
        if not self._hand_on(connection):
            self._resting.append(connection)

    async def retire(self, connection: Lent) -> None:
        """Give a connection back to the pool, which ends what runs on it, or closes it, or cuts off a silent one.

        One that cannot be cleaned is cut off as well: that is no concern of whoever used it.
        """
        try:
            await asyncio.shield(self._release(connection))
        finally:
            self._taken -= 1
            self._refused_until = 0.0
            self._hand_on(None)

    async def _release(self, connection: Lent) -> None:
        """Release a connection to the end, whoever gives up waiting: the pool goes on, and nobody would hear of it."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            await self._pool.release(connection, timeout=PATIENCE_SECONDS)

    def _has_room(self) -> bool:
        """Tell whether a new connection is worth a try."""
        if not self._taken:
            return True
        return self._taken < self.size and asyncio.get_running_loop().time() >= self._refused_until

    async def _take(self) -> Lent:
        """Take a connection out of the pool, which has one or makes one."""
        self._taken += 1
        try:
            return await self._pool.acquire()
        except BaseException:
            self._taken -= 1
            self._hand_on(None)
            raise

    async def _wait(self, *, is_next: bool) -> "Lent | None":
        """Wait until a connection is handed over, or, with None, until there is room for one."""
        waiter: asyncio.Future[Lent | None] = asyncio.get_running_loop().create_future()
        (self._waiting.appendleft if is_next else self._waiting.append)(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.cancelled():
                with suppress(ValueError):  # where it was passed over already
                    self._waiting.remove(waiter)
            elif (handed := waiter.result()) is None:
                self._hand_on(None)
            else:
                self.take_back(handed)
            raise

    def _hand_on(self, connection: "Lent | None") -> bool:
        """Hand over to whoever has waited longest. Tells whether anybody has."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False


def has_ended(connection: Lent) -> bool:
    """Tell whether nothing can be asked on a connection any more."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:  # the pool has taken it back already
        return True
