"""Bring a database to the tables that this version of the gateway needs."""

import asyncio
import re
import time
from collections.abc import Callable
from enum import Enum, auto
from pathlib import Path
from typing import Final, TypeVar, cast

import asyncpg
from alembic import command, op
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from persistence.connecting import connect
from persistence.failures import DatabaseUnavailable
from persistence.rights import TO_MIGRATE, needs
from persistence.tables import METADATA

Result = TypeVar("Result")

_LOCK = 7_203_655_018
"""Advisory lock that makes migrations started at once follow each other."""

_LOCK_SECONDS: Final = 5
"""For the lock on a table: whoever comes later and wants the table waits behind a migration that waits."""

_PAUSES_SECONDS: Final = (2, 2, 0)
"""After each try to get all locks, for those that waited behind it."""


class Tables(Enum):
    """How the tables of a database stand to this version of the gateway; foreign ones are those of something else."""

    OLDER = auto()
    AS_NEEDED = auto()
    NEWER = auto()
    FOREIGN = auto()


def migrate(url: str) -> Tables:
    """Run every migration that the database has not seen, each once, even when two processes do this at once.

    Nothing is done where a newer version has migrated it, or something else. Tells how its tables stand in the end.
    Raises DatabaseUnavailable where the role lacks a right, and where somebody does not let go of a table.
    """
    for pause in _PAUSES_SECONDS:
        try:
            with needs(TO_MIGRATE):
                return asyncio.run(_on_connection(url, _upgrade))
        except asyncpg.LockNotAvailableError:
            time.sleep(pause)
    raise DatabaseUnavailable(
        "Something holds a lock on the tables, such as a transaction that was forgotten (see pg_stat_activity): "
        "end it, and migrate again."
    )


def tables_of(url: str) -> Tables:
    """Tell how the tables of a database stand."""
    return asyncio.run(_on_connection(url, _tables_of))


def run_script(script: str) -> None:
    """Run the SQL of a migration, many statements in one text, in the transaction of the migration."""
    adapted = cast("AsyncAdapt_asyncpg_connection", op.get_bind().connection.dbapi_connection)
    adapted.run_async(lambda driver: driver.execute(script))


async def _on_connection(url: str, work: Callable[[Connection], Result]) -> Result:
    # SQLAlchemy would take the query of the URL for keywords of asyncpg, which are others.
    engine = create_async_engine("postgresql+asyncpg://", async_creator=lambda: connect(url, {}), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> Tables:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    if (tables := _tables_of(connection)) in {Tables.NEWER, Tables.FOREIGN}:
        return tables
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
    command.upgrade(_config(connection), "head")
    return Tables.AS_NEEDED


def _tables_of(connection: Connection) -> Tables:
    """Compare revisions; one that is not known here is of a newer version where it is of our form."""
    scripts = ScriptDirectory.from_config(_config(connection)).walk_revisions()
    newest, *older = [script.revision for script in scripts]
    current = set(MigrationContext.configure(connection).get_current_heads())
    if current == {newest}:
        return Tables.AS_NEEDED
    if current.issubset(older):
        return Tables.OLDER
    are_later = all(re.fullmatch("[0-9]{4}", revision) and revision > newest for revision in current)
    return Tables.NEWER if are_later else Tables.FOREIGN


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes.update(connection=connection, metadata=METADATA)
    return config
