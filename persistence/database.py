"""The connections to PostgreSQL.

Statements are built with SQLAlchemy and run by asyncpg, without a session or a transaction round a single read
(docs/decisions/0001).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from types import TracebackType
from typing import Final, Protocol, Self, TypeAlias, TypeVar

import asyncpg
from asyncpg.transaction import Transaction

from persistence.connecting import CONNECT_SECONDS, KEEPALIVES, SETTINGS, milliseconds, prepare, settle
from persistence.failures import (
    FAILURES,
    LOSSES,
    ConnectionLost,
    DatabaseUnavailable,
    TablesMissing,
    failure_of,
    reason_of,
)
from persistence.lending import PATIENCE_SECONDS, Lender, Lent, has_ended
from persistence.rights import TO_CONNECT, right_missing
from persistence.turns import Turns
from persistence.urls import driver_url, shown_url

Connection: TypeAlias = Lent

Result = TypeVar("Result")

# A server that takes no changes may have been one that does: a new connection leads to the one in its place. Where a
# table is missing, all may have been made anew: a new connection knows the new types.
_OUTDATED: Final = (asyncpg.ReadOnlySQLTransactionError, asyncpg.UndefinedTableError)

# Connections that no transaction takes.
_FOR_READERS: Final = 2


class Readable(Protocol):
    """Where things are read: the database, or a dry run that is not over."""

    async def read(self, ask: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Ask on a connection. Raises DatabaseUnavailable."""
        ...


class DryRun:
    """A transaction that will be rolled back, and that shows until then what it would have left behind (T4)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._turn = asyncio.Lock()

    async def read(self, ask: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Ask when those before have asked: there is one connection. What fails leaves the others their answers.

        Raises DatabaseUnavailable.
        """
        async with self._turn:
            try:
                async with self._connection.transaction():
                    return await ask(self._connection)
            except Exception as error:
                if (unavailable := failure_of(error, self._connection)) is not None:
                    raise unavailable from error
                raise


class Database:
    """A pool of connections, shared by all requests of a process."""

    def __init__(self, lender: Lender, url: str, *, turn_seconds: float, bulk_timeout_seconds: float) -> None:
        self._lender = lender
        self._url = url
        self._bulk_timeout_seconds = bulk_timeout_seconds
        self._writers = asyncio.Semaphore(max(lender.size - _FOR_READERS, 1))
        self._turns = Turns(turn_seconds)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        pool_size: int,
        statement_timeout_seconds: float,
        bulk_timeout_seconds: float = 60,
        idle_timeout_seconds: float = 20,
    ) -> Self:
        """Connect. Raises DatabaseUnavailable when nothing answers there.

        The bulk timeout is that of a statement for which time was given (`give_time`).
        After the idle timeout PostgreSQL ends a connection on which nothing is asked within a transaction: who began
        it is gone or stands still, and what it locked is let go.
        """
        pool = await asyncpg.create_pool(
            driver_url(url),
            min_size=0,  # the pool would try by itself, and log each failure with its traceback
            max_size=pool_size,
            init=prepare,
            reset=settle,
            server_settings=SETTINGS
            | KEEPALIVES
            | {
                "statement_timeout": milliseconds(statement_timeout_seconds),
                "idle_in_transaction_session_timeout": milliseconds(idle_timeout_seconds),
            },
            timeout=CONNECT_SECONDS,
            command_timeout=statement_timeout_seconds + PATIENCE_SECONDS,
        )
        database = cls(
            Lender(pool),
            driver_url(url),
            turn_seconds=statement_timeout_seconds,
            bulk_timeout_seconds=bulk_timeout_seconds,
        )
        try:
            async with database.connection():
                pass
        except DatabaseUnavailable as error:
            await database.close()
            raise _not_opened(url, error) from error
        return database

    @property
    def connections_lent(self) -> int:
        """How many connections are used."""
        return self._lender.lent

    @property
    def connections_waited_for(self) -> int:
        """How many wait for a connection, since all that there can be are used."""
        return self._lender.waited_for

    async def close(self) -> None:
        """Give all connections back to the server."""
        await self._lender.close()

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """Lend a connection for as long as the block runs; keep it short.

        Raises DatabaseUnavailable where none can be had, ConnectionLost where it ends within the block, and
        ChangeRefused where the server cannot do now what the block asks.
        """
        return _Loan(self._lender)

    async def read(self, ask: Callable[[Connection], Awaitable[Result]]) -> Result:
        """Ask on a connection, and on others where that one was lost.

        For what only reads: what writes could be done twice. Raises DatabaseUnavailable.
        """

        async def ask_once() -> Result:
            async with self.connection() as connection:
                return await ask(connection)

        return await self._again_where_lost(ask_once)

    @asynccontextmanager
    async def transaction(self, *, keeps: bool = True, turn: Hashable = None) -> AsyncGenerator[Connection]:
        """Lend a connection with a transaction, which is committed when the block ends.

        It is rolled back when the block raises, and at the end where it keeps nothing (T4). Transactions of the same
        turn follow each other: they would wait for each other in the database, each with a connection. Some connections
        are left for those who read. Raises StatementTimeout, too, for a turn that does not come.
        """
        loan, connection, transaction = await self._again_where_lost(partial(self._begin, turn))
        async with loan:
            try:
                yield connection
                await (transaction.commit() if keeps else transaction.rollback())
            except BaseException:
                if _is_in_transaction(connection):
                    # A commit that was broken off cannot be rolled back, and asyncpg says so.
                    with suppress(TimeoutError, asyncpg.InterfaceError):
                        async with asyncio.timeout(PATIENCE_SECONDS):
                            await transaction.rollback()
                raise
            finally:
                # Nothing resets a connection between two loans: one that is not clean is not lent again.
                if _is_in_transaction(connection):
                    _cut(connection)

    async def give_time(self, connection: Connection) -> None:
        """Let statements take as long as a bulk action may, from here to the end of the transaction."""
        await connection.execute(f"SET LOCAL statement_timeout = {milliseconds(self._bulk_timeout_seconds)}")

    async def ping(self) -> None:
        """Ask the database for a sign of life, without a wait for a connection. Raises DatabaseUnavailable."""
        if self._lender.is_exhausted:
            await self._ping_beside()
        else:
            await self.read(lambda connection: connection.execute("SELECT 1"))

    async def _ping_beside(self) -> None:
        """See whether it takes one more connection, or says itself that there are too many."""
        try:
            connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
                self._url, server_settings=SETTINGS, timeout=CONNECT_SECONDS, command_timeout=PATIENCE_SECONDS
            )
            try:
                await prepare(connection)
            finally:
                await connection.close(timeout=PATIENCE_SECONDS)
        except asyncpg.TooManyConnectionsError:
            return
        except FAILURES as error:
            raise DatabaseUnavailable(f"no sign of life: {error!r}") from error

    async def _begin(self, turn: Hashable) -> tuple[AsyncExitStack, Connection, Transaction]:
        """Begin a transaction on a connection that is lent for as long as the stack is open."""
        async with AsyncExitStack() as loan:
            if turn is not None:
                await loan.enter_async_context(self._turns.take(turn))
            await loan.enter_async_context(self._writers)
            connection = await loan.enter_async_context(self.connection())
            transaction = connection.transaction()
            try:
                await transaction.start()
            except BaseException:
                # Whether it has begun is not known, nor is it at once: nothing can be asked here any more.
                _cut(connection)
                raise
            return loan.pop_all(), connection, transaction

    async def _again_where_lost(self, attempt: Callable[[], Awaitable[Result]]) -> Result:
        """Make an attempt, and others where its connection was lost.

        When a server restarts or fails over, all connections at rest end, and some are lent before that is known: as
        many as the pool holds.
        """
        for _ in range(self._lender.size):
            try:
                return await attempt()
            except ConnectionLost:
                await asyncio.sleep(0)  # for the event loop to see which others have ended
        return await attempt()


class _Loan(AbstractAsyncContextManager[Connection]):
    """A connection that is lent, whose end is told apart from a fault of what runs on it."""

    __slots__ = ("_connection", "_lender")

    def __init__(self, lender: Lender) -> None:
        self._lender = lender

    async def __aenter__(self) -> Connection:
        try:
            self._connection: Connection = await self._lender.lend()
        except LOSSES as error:
            raise ConnectionLost(f"a new connection ended at once: {error!r}") from error
        except FAILURES as error:
            raise DatabaseUnavailable(f"no connection: {error!r}") from error
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None and not has_ended(self._connection):
            self._lender.take_back(self._connection)
            return
        unavailable = failure_of(error, self._connection)
        is_useless = isinstance(unavailable, ConnectionLost) or isinstance(error, _OUTDATED)
        if is_useless or _is_in_transaction(self._connection):
            _cut(self._connection)
        await self._lender.retire(self._connection)
        if unavailable is not None:
            raise unavailable from error


def _not_opened(url: str, error: DatabaseUnavailable) -> DatabaseUnavailable:
    """Say why there can be no connection, and what to do."""
    reason = error.__cause__
    if isinstance(reason, asyncpg.InsufficientPrivilegeError):
        return right_missing(reason, TO_CONNECT)
    told = f"does not answer ({reason_of(reason)}): start it, or correct DATABASE_URL"
    if isinstance(error, TablesMissing):
        told = f"cannot be used: {error}"
    return DatabaseUnavailable(f"The database at {shown_url(url)} {told}.")


def _is_in_transaction(connection: Connection) -> bool:
    return not has_ended(connection) and connection.is_in_transaction()


def _cut(connection: Connection) -> None:
    """End a connection at once, unless it has ended."""
    if not has_ended(connection):
        connection.terminate()
