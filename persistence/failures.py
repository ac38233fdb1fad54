"""What can be wrong with the database while it is used, and what an error of the driver says of it."""

from typing import Final, TypeAlias

import asyncpg

from persistence.lending import Lent, has_ended

FAILURES: Final = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What the driver raises where a connection cannot be made, or ended."""

LOSSES: Final = (
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


class TablesMissing(DatabaseUnavailable):
    """The server answers, and the tables are not there, as while it is restored."""

    def __init__(self) -> None:
        super().__init__("its tables are missing: migrate or restore it")


StatementTimeout: TypeAlias = asyncpg.QueryCanceledError
"""A statement took longer than it may, and was given up: nothing of it was written."""

UNDONE: Final = (DatabaseUnavailable, StatementTimeout)
"""What is raised where something was not done, or not for certain, and may well be done a moment later: the database is
away, or a statement waited for too long."""


def failure_of(error: BaseException | None, connection: Lent) -> DatabaseUnavailable | None:
    """Tell what an error on a connection says of the database; None where it says nothing.

    The server gives a statement up before the driver does: where it has not, it is silent.
    """
    if not isinstance(error, Exception):
        return None
    if isinstance(error, (*LOSSES, TimeoutError)) or has_ended(connection):
        return ConnectionLost(f"a connection ended: {error!r}")
    return ChangeRefused(f"the server refused: {error!r}") if isinstance(error, _REFUSALS) else None


def reason_of(error: BaseException | None) -> str:
    """Give the message of what the driver raised, which has none where time ran out."""
    return str(error) or "it took too long"
