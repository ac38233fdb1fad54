"""Bring a database to the tables that this version of the gateway needs."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

import asyncpg
from alembic import command, op
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from persistence.tables import METADATA
from persistence.urls import driver_url

Result = TypeVar("Result")

_LOCK = 7_203_655_018
"""Advisory lock that makes migrations started at once follow each other."""


def migrate(url: str) -> None:
    """Run every migration that the database has not seen, each once, even when two processes do this at once."""
    asyncio.run(_on_connection(url, _upgrade))


def pending(url: str) -> bool:
    """Tell whether the database lacks migrations of this version."""
    return asyncio.run(_on_connection(url, _is_behind))


def run_script(script: str) -> None:
    """Run the SQL of a migration, many statements in one text, in the transaction of the migration."""
    adapted = cast("AsyncAdapt_asyncpg_connection", op.get_bind().connection.dbapi_connection)
    adapted.run_async(lambda driver: driver.execute(script))


async def _on_connection(url: str, work: Callable[[Connection], Result]) -> Result:
    # SQLAlchemy would take the query of the URL for keywords of asyncpg, which are others.
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(driver_url(url)), poolclass=NullPool
    )
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    command.upgrade(_config(connection), "head")


def _is_behind(connection: Connection) -> bool:
    newest = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() != newest


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes.update(connection=connection, metadata=METADATA)
    return config
