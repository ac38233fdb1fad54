"""Both embedded servers at once, as the tests need them."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from gateway.embedded.postgres import embedded_postgres
from gateway.embedded.valkey import embedded_valkey


class Servers(Struct, frozen=True):
    """Tell where the two servers listen."""

    database_url: str
    redis_url: str


@contextmanager
def embedded_servers(data_dir: Path, *, durable: bool = True) -> Generator[Servers, None, None]:
    """Run PostgreSQL and Valkey on a data directory, or join the ones that run there.

    `durable=False` is for data that is thrown away: commits do not wait for the disk.
    Raises SetupError.
    """
    with (
        embedded_postgres(data_dir / "postgres", durable=durable) as database_url,
        embedded_valkey(data_dir / "valkey") as redis_url,
    ):
        yield Servers(database_url, redis_url)
