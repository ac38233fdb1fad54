"""What has to be so before the gateway answers requests."""

import asyncio

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ConnectionError, RedisError, TimeoutError  # noqa: A004 - Redis's own
from redis.retry import Retry

from gateway.setup_errors import SetupError
from persistence.connecting import OLDEST_SERVER
from persistence.copying import copy_connection
from persistence.failures import DatabaseUnavailable
from persistence.migrating import Tables, migrate, tables_of
from persistence.urls import shown_url

PATIENCE_SECONDS = 5


def check_database(url: str) -> None:
    """Raise DatabaseUnavailable where PostgreSQL does not answer or is too old."""

    async def check_version() -> None:
        async with copy_connection(url) as connection:
            major = connection.get_server_version().major
        if major < OLDEST_SERVER:
            raise DatabaseUnavailable(
                f"The database at {shown_url(url)} is PostgreSQL {major}: use {OLDEST_SERVER} or later."
            )

    asyncio.run(check_version())


class RedisAway(SetupError):  # noqa: N818 - as in gateway.setup_errors: a state of the surroundings
    """Redis does not answer, and may do so later."""


def check_redis(url: str) -> None:
    """Raise RedisAway where Redis does not answer, and SetupError where it refuses what its URL asks for."""
    try:
        connection = Redis.from_url(url, socket_timeout=PATIENCE_SECONDS, retry=Retry(NoBackoff(), 0))  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
        with connection as redis:
            redis.ping()  # pyright: ignore[reportUnknownMemberType]
    except (TypeError, AttributeError) as error:  # parameters are handed on as keywords
        raise SetupError(f"REDIS_URL has a parameter that cannot be used ({error}): correct it.") from error
    except (RedisError, ValueError) as error:
        is_away = isinstance(error, (ConnectionError, TimeoutError)) and not isinstance(error, AuthenticationError)
        kind = RedisAway if is_away else SetupError
        raise kind(f"Redis does not answer ({error}): start it, or correct REDIS_URL.") from error


def migrate_database(url: str) -> Tables:
    """Bring the database to the tables of this version, unless it has those of a newer one.

    Raises SetupError where it has those of something else.
    """
    check_database(url)
    return _refuse_foreign(migrate(url))


def check_migrated(url: str) -> Tables:
    """Raise SetupError where the database lacks tables of this version, or has those of something else.

    What a newer version has migrated is taken, since migrations only add: the older one runs on during an update.
    """
    check_database(url)
    tables = _refuse_foreign(tables_of(url))
    if tables is Tables.OLDER:
        raise SetupError("The database is not up to date: run `python -m gateway migrate`.")
    return tables


def _refuse_foreign(tables: Tables) -> Tables:
    if tables is Tables.FOREIGN:
        raise SetupError("The database has the tables of something else: correct DATABASE_URL.")
    return tables
