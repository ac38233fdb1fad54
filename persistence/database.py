"""The connections to PostgreSQL.

Statements are built with SQLAlchemy and run by asyncpg, without a session or a transaction round a single read
(docs/decisions/0001).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime
from enum import StrEnum
from functools import partial
from types import TracebackType
from typing import Final, Protocol, Self, TypeAlias, TypeVar
from weakref import WeakValueDictionary

import asyncpg
import orjson
from asyncpg.transaction import Transaction

from persistence import temporary
from persistence.lending import PATIENCE_SECONDS, Lender, Lent, has_ended
from persistence.tables import ENUMS
from persistence.urls import driver_url, shown_url

OLDEST_SERVER = 15
"""The oldest major version of PostgreSQL that the statements run on."""

Connection: TypeAlias = Lent

Result = TypeVar("Result")

FAILURES: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What the driver raises where a connection cannot be made, or ended."""

_CONNECT_SECONDS: Final = 5.0
# Connections that no transaction takes.
_FOR_READERS: Final = 2

KEEPALIVES: Final = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""Settings that let the server notice within half a minute that the host of a gateway is gone."""

_SETTINGS: Final = {
    "application_name": "accounts-gateway",
    "jit": "off",  # compiling a statement costs more than any of these takes
    "gin_pending_list_limit": "256kB",  # what a search has to look through one by one
    "random_page_cost": "1.1",  # pages are in memory or on flash
    "max_parallel_workers_per_gather": "0",  # the other cores have requests of their own
    "work_mem": "16MB",  # an account of some 100,000 users is counted without the disk
    "timezone": "UTC",  # instants arrive as ISO 8601 writes them, see _prepare
    "datestyle": "ISO",
}

_LOSSES: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,  # on a connection at rest that was told of its end, and does not look closed yet
)
"""What it raises where the server, or something on the way to it, has ended a connection."""

_REFUSALS: Final = (
    asyncpg.ReadOnlySQLTransactionError,  # a standby, or one that was told to take no changes
    asyncpg.InsufficientResourcesError,  # a full disk
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
"""What it raises where the server cannot do now what it may well do later."""


class DatabaseUnavailable(Exception):  # noqa: N818 - a state of the world, told to the person who starts the gateway
    """The database cannot be used; the message says in one sentence why and what to do."""


class ConnectionLost(DatabaseUnavailable):
    """A connection ended while it was used: what was being written on it may have been written or not."""


class ChangeRefused(DatabaseUnavailable):
    """The server answers, and cannot do what it is asked for now: nothing of it was written."""


StatementTimeout: TypeAlias = asyncpg.QueryCanceledError
"""A statement took longer than it may, and was given up: nothing of it was written."""

UNDONE: Final = (DatabaseUnavailable, StatementTimeout)
"""What is raised where something was not done, or not for certain, and may well be done a moment later: the database is
away, or a statement waited for too long."""


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
                if (unavailable := _unavailable(error, self._connection)) is not None:
                    raise unavailable from error
                raise


class Database:
    """A pool of connections, shared by all requests of a process."""

    def __init__(self, lender: Lender, url: str, *, turn_seconds: float, bulk_timeout_seconds: float) -> None:
        self._lender = lender
        self._url = url
        self._bulk_timeout_seconds = bulk_timeout_seconds
        self._writers = asyncio.Semaphore(max(lender.size - _FOR_READERS, 1))
        self._turn_seconds = turn_seconds
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

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
            init=_prepare,
            reset=_settle,
            server_settings=_SETTINGS
            | KEEPALIVES
            | {
                "statement_timeout": _milliseconds(statement_timeout_seconds),
                "idle_in_transaction_session_timeout": _milliseconds(idle_timeout_seconds),
            },
            timeout=_CONNECT_SECONDS,
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
            reason = error.__cause__
            raise DatabaseUnavailable(
                f"The database at {shown_url(url)} does not answer ({reason}): start it, or correct DATABASE_URL."
            ) from error
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
        await connection.execute(f"SET LOCAL statement_timeout = {_milliseconds(self._bulk_timeout_seconds)}")

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
                self._url, server_settings=_SETTINGS, timeout=_CONNECT_SECONDS
            )
            await connection.close(timeout=PATIENCE_SECONDS)
        except asyncpg.TooManyConnectionsError:
            return
        except FAILURES as error:
            raise DatabaseUnavailable(f"no sign of life: {error!r}") from error

    async def _begin(self, turn: Hashable) -> tuple[AsyncExitStack, Connection, Transaction]:
        """Begin a transaction on a connection that is lent for as long as the stack is open."""
        async with AsyncExitStack() as loan:
            if turn is not None:
                await loan.enter_async_context(self._taking(turn))
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

    @asynccontextmanager
    async def _taking(self, turn: Hashable) -> AsyncGenerator[None]:
        """Have a turn for as long as the block runs; nobody waits for it longer than a statement may."""
        lock = self._turns.setdefault(turn, asyncio.Lock())
        try:
            async with asyncio.timeout(self._turn_seconds):
                await lock.acquire()
        except TimeoutError:
            raise StatementTimeout("those who came before are not done") from None
        try:
            yield
        finally:
            lock.release()

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
        except _LOSSES as error:
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
        unavailable = _unavailable(error, self._connection)
        # A server that takes no changes may have been one that does: a new connection leads to the one in its place.
        is_useless = isinstance(unavailable, ConnectionLost) or isinstance(error, asyncpg.ReadOnlySQLTransactionError)
        if is_useless or _is_in_transaction(self._connection):
            _cut(self._connection)
        await self._lender.retire(self._connection)
        if unavailable is not None:
            raise unavailable from error


def _unavailable(error: BaseException | None, connection: Connection) -> DatabaseUnavailable | None:
    """Tell what an error on a connection says of the database; None where it says nothing.

    The server gives a statement up before the driver does: where it has not, it is silent.
    """
    if not isinstance(error, Exception):
        return None
    if isinstance(error, (*_LOSSES, TimeoutError)) or has_ended(connection):
        return ConnectionLost(f"a connection ended: {error!r}")
    return ChangeRefused(f"the server refused: {error!r}") if isinstance(error, _REFUSALS) else None


def _is_in_transaction(connection: Connection) -> bool:
    return not has_ended(connection) and connection.is_in_transaction()


def _cut(connection: Connection) -> None:
    """End a connection at once, unless it has ended."""
    if not has_ended(connection):
        connection.terminate()


def _milliseconds(seconds: float) -> str:
    """Write a time as PostgreSQL takes it, to which none at all means forever."""
    return str(max(int(seconds * 1000), 1))


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Let ids arrive as 32 hex digits, enums as their members, and JSON as plain values; make the temporary tables.

    Instants arrive as text: Python reads that in a sixth of the time in which asyncpg adds up its binary form.
    """
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes.fromhex, decoder=bytes.hex, format="binary"
    )
    await connection.set_type_codec(
        "timestamptz", schema="pg_catalog", encoder=datetime.isoformat, decoder=datetime.fromisoformat
    )
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_write_json, decoder=orjson.loads)
    for name, members in ENUMS.items():
        await connection.set_type_codec(name, encoder=str, decoder=_members_by_value(members))
    await connection.execute(temporary.CREATE)


def _members_by_value(members: type[StrEnum]) -> Callable[[str], StrEnum]:
    return {member.value: member for member in members}.__getitem__


def _write_json(value: object) -> str:
    """Write a value as JSON; a text is JSON already, as the queue of jobs hands it over."""
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()


async def _settle(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Have the server end what was begun on a connection about which there is a doubt (`persistence.lending`).

    Where somebody gives up in the moment in which the answer to a PREPARE arrives, the driver ends it neither way: the
    server waits for more, with its locks, and the time of the statement runs out for whoever comes next.
    """
    await connection.execute("SELECT 1")
