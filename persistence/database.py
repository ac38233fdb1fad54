"""The connections to PostgreSQL.

Statements are built with SQLAlchemy and run by asyncpg, without a session or a transaction round a single read
(docs/decisions/0001).
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from enum import StrEnum
from typing import Self, TypeAlias

import asyncpg
import orjson
from sqlalchemy import make_url

from persistence.tables import ENUMS

OLDEST_SERVER = 15
"""The oldest major version of PostgreSQL that the statements run on."""

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]"


class DatabaseUnavailable(Exception):  # noqa: N818 - a state of the world, told to the person who starts the gateway
    """The database cannot be used; the message says in one sentence why and what to do."""


class Database:
    """A pool of connections, shared by all requests of a process."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, pool_size: int, statement_timeout_seconds: float) -> Self:
        """Connect. Raises DatabaseUnavailable when nothing answers there or it is too old."""
        settings = {
            "application_name": "accounts-gateway",
            "statement_timeout": str(int(statement_timeout_seconds * 1000)),
            "jit": "off",  # compiling a statement costs more than any of these takes
            "gin_pending_list_limit": "256kB",  # what a search has to look through one by one
            "random_page_cost": "1.1",  # pages are in memory or on flash
            "max_parallel_workers_per_gather": "0",  # the other cores have requests of their own
            "work_mem": "16MB",  # an account of some 100,000 users is counted without the disk
        }
        try:
            pool = await asyncpg.create_pool(
                driver_url(url),
                min_size=1,
                max_size=pool_size,
                init=_prepare,
                reset=_leave_as_it_is,
                server_settings=settings,
            )
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DatabaseUnavailable(
                f"The database at {shown_url(url)} does not answer ({error}): start it, or correct DATABASE_URL."
            ) from error
        database = cls(pool)
        async with database.connection() as connection:
            version = connection.get_server_version()
        if version.major < OLDEST_SERVER:
            await database.close()
            raise DatabaseUnavailable(
                f"The database at {shown_url(url)} is PostgreSQL {version.major}; use {OLDEST_SERVER} or later."
            )
        return database

    async def close(self) -> None:
        """Give all connections back to the server."""
        await self._pool.close()

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        """Lend a connection for as long as the block runs; keep it short."""
        return self._pool.acquire()

    @asynccontextmanager
    async def transaction(self, *, keeps: bool = True) -> AsyncGenerator[Connection]:
        """Lend a connection with a transaction, which is committed when the block ends.

        It is rolled back when the block raises, and in the end of one that keeps nothing (T4).
        """
        async with self.connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                yield connection
                await (transaction.commit() if keeps else transaction.rollback())
            except BaseException:
                if connection.is_in_transaction():
                    await transaction.rollback()
                raise
            finally:
                # Nothing resets a connection between two loans: one that is not clean is not lent again.
                if connection.is_in_transaction():
                    connection.terminate()

    async def ping(self) -> None:
        """Ask the database for a sign of life. Raises what the driver raises when there is none."""
        async with self.connection() as connection:
            await connection.execute("SELECT 1")


def driver_url(url: str) -> str:
    """Give the address as asyncpg reads it, whichever driver it names."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def sqlalchemy_url(url: str) -> str:
    """Give the address as SQLAlchemy reads it for asyncpg."""
    return make_url(url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def shown_url(url: str) -> str:
    """Give the address without its password, for people and logs."""
    return make_url(url).render_as_string(hide_password=True)


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Let ids arrive as 32 hex digits, enums as their members, and JSON as plain values."""
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes.fromhex, decoder=bytes.hex, format="binary"
    )
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_write_json, decoder=orjson.loads)
    for name, members in ENUMS.items():
        await connection.set_type_codec(name, encoder=str, decoder=_members_by_value(members))


def _members_by_value(members: type[StrEnum]) -> Callable[[str], StrEnum]:
    return {member.value: member for member in members}.__getitem__


def _write_json(value: object) -> str:
    """Write a value as JSON; a text is JSON already, as the queue of jobs hands it over."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


async def _leave_as_it_is(_connection: object) -> None:
    """Spare the reset between two loans: no statement here leaves anything behind in its connection."""
