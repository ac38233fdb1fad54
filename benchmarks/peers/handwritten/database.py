"""The pool of connections, set up as this gateway does it: ids as hex digits, no reset between two loans."""

import asyncpg


async def open_pool(url: str, size: int) -> "asyncpg.Pool[asyncpg.Record]":
    """Connect."""
    return await asyncpg.create_pool(
        url,
        min_size=size,
        max_size=size,
        init=_prepare,
        reset=_leave_as_it_is,
        server_settings={"jit": "off", "max_parallel_workers_per_gather": "0"},
    )


def row_id(shown: str) -> str:
    """Give the id of a row, of the id that clients see."""
    return shown[-32:]


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=bytes.fromhex, decoder=bytes.hex, format="binary"
    )


async def _leave_as_it_is(_connection: object) -> None:
    """Spare the reset: no statement here leaves anything behind."""
