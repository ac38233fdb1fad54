"""The servers behind the gateway: those that the environment names, or embedded ones."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from gateway.settings import Settings
from gateway.setup_errors import SetupError


@contextmanager
def database_server(settings: Settings) -> Generator[str, None, None]:
    """Give the URL of PostgreSQL, for as long as the block runs. Raises SetupError."""
    if settings.database_url is not None:
        yield settings.database_url
    else:
        embedded_postgres, _ = _embedded()
        with embedded_postgres(settings.data_dir / "postgres") as url:
            yield url


@contextmanager
def redis_server(settings: Settings) -> Generator[str, None, None]:
    """Give the URL of Redis, for as long as the block runs. Raises SetupError."""
    if settings.redis_url is not None:
        yield settings.redis_url
    else:
        _, embedded_valkey = _embedded()
        with embedded_valkey(settings.data_dir / "valkey") as url:
            yield url


def _embedded() -> tuple[Callable[[Path], AbstractContextManager[str]], Callable[[Path], AbstractContextManager[str]]]:
    """Import what only development has. Raises SetupError where it is not there."""
    try:
        from gateway.embedded import embedded_postgres, embedded_valkey  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise SetupError(
            f"PostgreSQL and Valkey cannot be embedded here, as the module {error.name} is missing: "
            "run make install, or set DATABASE_URL and REDIS_URL to servers of your own."
        ) from error
    return embedded_postgres, embedded_valkey
