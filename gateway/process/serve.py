"""What the command `serve` does, in order."""

import asyncio
import socket
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import structlog
from rich.console import Console

from gateway.demo.seeding import seed_demo
from gateway.identity.tokens import Tokens
from gateway.logs import configure_logs
from gateway.mail.link_tokens import LinkTokens
from gateway.process.descriptors import allow_descriptors
from gateway.process.introduction import introduce
from gateway.process.listening import bind
from gateway.process.metrics_port import metrics_served
from gateway.process.preparing import RedisAway, check_migrated, check_redis, migrate_database
from gateway.process.processes import answer_requests
from gateway.process.progress import progress_bar
from gateway.process.servers import database_server, redis_server
from gateway.process.worker import work_alone
from gateway.settings import Mode, Settings, unknown_variables
from persistence.migrating import Tables

_log: Final = structlog.get_logger("gateway.serve")


def serve(settings: Settings, *, processes: int, runs_jobs: bool, console: Console) -> None:
    """Serve until SIGINT or SIGTERM, then stop all that was started. Raises SetupError or DatabaseUnavailable."""
    configure_logs(settings)
    _warn_of_unknown_variables()
    allow_descriptors(settings)
    with bind(settings.host, settings.port) as listener, metrics_served(settings, processes=processes):
        if settings.mode is Mode.PRODUCTION:
            _serve_production(settings, listener, processes, runs_jobs=runs_jobs)
        else:
            _serve_development(settings, listener, processes, console, runs_jobs=runs_jobs)


def work(settings: Settings) -> None:
    """Run a worker alone until SIGINT or SIGTERM. Raises SetupError or DatabaseUnavailable."""
    configure_logs(settings)
    _warn_of_unknown_variables()
    with (
        metrics_served(settings, processes=1),
        database_server(settings) as database_url,
        redis_server(settings) as redis_url,
    ):
        settings = settings.model_copy(update={"database_url": database_url, "redis_url": redis_url})
        if settings.mode is Mode.PRODUCTION:
            _warn_without_redis(redis_url)
            _warn_of_newer(check_migrated(database_url))
        else:
            check_redis(redis_url)
            _warn_of_newer(migrate_database(database_url))
        asyncio.run(work_alone(settings))


def _serve_development(
    settings: Settings, listener: socket.socket, processes: int, console: Console, *, runs_jobs: bool
) -> None:
    """Bring all that is needed, telling what is being done, and serve."""
    console.print("Starting PostgreSQL and Valkey ...")
    with database_server(settings) as database_url, redis_server(settings) as redis_url:
        settings = settings.model_copy(update={"database_url": database_url, "redis_url": redis_url})
        check_redis(redis_url)
        console.print("Bringing the tables up to date ...")
        _warn_of_newer(migrate_database(database_url))
        with progress_bar(console, "Making demo accounts") as progress:
            asyncio.run(seed_demo(database_url, now=datetime.now(UTC), progress=progress))
        introduce(settings, database_url, console)
        _answer_until_told_to_stop(settings, listener, processes, runs_jobs=runs_jobs)
        console.print("Stopping ...")


def _serve_production(settings: Settings, listener: socket.socket, processes: int, *, runs_jobs: bool) -> None:
    """Serve with what is there. Nothing is made, started or migrated: what is missing is an error."""
    with database_server(settings) as database_url, redis_server(settings) as redis_url:
        _warn_without_redis(redis_url)
        _warn_of_newer(check_migrated(database_url))
        Tokens.load(settings.signing_keys_dir, create=False)
        LinkTokens.load(settings.signing_keys_dir, create=False)
        _answer_until_told_to_stop(settings, listener, processes, runs_jobs=runs_jobs)


def _warn_of_unknown_variables() -> None:
    """Say which variables do nothing, and not what they hold."""
    if names := unknown_variables():
        _log.warning("the environment has variables that are no settings", variables=", ".join(names))


def _warn_without_redis(url: str) -> None:
    """Start although Redis is away, as what runs goes on without it. Raises SetupError where Redis refuses."""
    try:
        check_redis(url)
    except RedisAway as error:
        _log.warning("started without Redis", reason=str(error))


def _warn_of_newer(tables: Tables) -> None:
    """Say what explains much, should anything go wrong: a newer version has migrated the database."""
    if tables is Tables.NEWER:
        _log.warning("the database is newer than this version of the gateway")


def _answer_until_told_to_stop(settings: Settings, listener: socket.socket, processes: int, *, runs_jobs: bool) -> None:
    """Answer requests; being told to stop is how this ends, and no failure."""
    with suppress(KeyboardInterrupt):
        answer_requests(settings, listener, processes=processes, runs_jobs=runs_jobs)
