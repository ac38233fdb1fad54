"""How a connection to PostgreSQL is opened, and what each is told and taught when it is new."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

import asyncpg
import orjson

from persistence import temporary
from persistence.failures import FAILURES, DatabaseUnavailable, TablesMissing, reason_of
from persistence.rights import TO_CONNECT, right_missing
from persistence.tables import ENUMS
from persistence.urls import driver_url, shown_url

OLDEST_SERVER = 15
"""The oldest major version of PostgreSQL that the statements run on."""

CONNECT_SECONDS: Final = 5.0
"""For a server to answer who knocks."""

KEEPALIVES: Final = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3"}
"""Settings that let the server notice within half a minute that the host of a gateway is gone."""

SETTINGS: Final = {
    "application_name": "accounts-gateway",
    "jit": "off",  # compiling a statement costs more than any of these takes
    "gin_pending_list_limit": "256kB",  # what a search has to look through one by one
    "random_page_cost": "1.1",  # pages are in memory or on flash
    "max_parallel_workers_per_gather": "0",  # the other cores have requests of their own
    "work_mem": "16MB",  # an account of some 100,000 users is counted without the disk
    "timezone": "UTC",  # instants arrive as ISO 8601 writes them, see prepare
    "datestyle": "ISO",
}
"""Settings of the server for a connection, by their names."""

_SCHEMAS: Final = """
    SELECT typname::text AS name, nspname::text AS schema
    FROM pg_type JOIN pg_namespace ON pg_namespace.oid = typnamespace
    WHERE pg_type.oid = ANY (SELECT to_regtype(name) FROM unnest($1::text[]) AS name)
"""
"""Gives the schemas of types, as the connection looks for their names."""


async def connect(
    url: str, settings: Mapping[str, str], *, command_timeout: float | None = None
) -> "asyncpg.Connection[asyncpg.Record]":
    """Open a connection that is no pool's. Raises DatabaseUnavailable when nothing answers there in time."""
    try:
        return await asyncpg.connect(
            driver_url(url), server_settings=dict(settings), timeout=CONNECT_SECONDS, command_timeout=command_timeout
        )
    except asyncpg.InsufficientPrivilegeError as error:
        raise right_missing(error, TO_CONNECT) from error
    except (*FAILURES, ValueError) as error:  # such as a port that is no number
        raise DatabaseUnavailable(f"The database at {shown_url(url)} does not answer: {reason_of(error)}.") from error


async def prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Let ids arrive as 32 hex digits, enums as their members, and JSON as plain values; make the temporary tables.

    Instants arrive as text: Python reads that in a sixth of the time in which asyncpg adds up its binary form.
    Raises TablesMissing.
    """
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes.fromhex, decoder=bytes.hex, format="binary"
    )
    await connection.set_type_codec(
        "timestamptz", schema="pg_catalog", encoder=datetime.isoformat, decoder=datetime.fromisoformat
    )
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_write_json, decoder=orjson.loads)
    schemas = {row["name"]: row["schema"] for row in await connection.fetch(_SCHEMAS, list(ENUMS))}
    if len(schemas) < len(ENUMS):
        raise TablesMissing
    for name, members in ENUMS.items():
        await connection.set_type_codec(name, schema=schemas[name], encoder=str, decoder=_members_by_value(members))
    await connection.execute(temporary.CREATE)


async def settle(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Have the server end what was begun on a connection about which there is a doubt (`persistence.lending`).

    Where somebody gives up in the moment in which the answer to a PREPARE arrives, the driver ends it neither way: the
    server waits for more, with its locks, and the time of the statement runs out for whoever comes next.
    """
    await connection.execute("SELECT 1")


def milliseconds(seconds: float) -> str:
    """Write a time as PostgreSQL takes it, to which none at all means forever."""
    return str(max(int(seconds * 1000), 1))


def _members_by_value(members: type[StrEnum]) -> Callable[[str], StrEnum]:
    return {member.value: member for member in members}.__getitem__


def _write_json(value: object) -> str:
    """Write a value as JSON; a text is JSON already, as the queue of jobs hands it over."""
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
