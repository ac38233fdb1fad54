"""The data set that everything is measured on: one partner with 199 customer accounts, one of them large.

It is the same for the same number of users, but for ids, and is kept where it was made, so that a second run finds it.
"""

import asyncio
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import dataset_indexes
from benchmarks.processes import BenchmarkFailed
from gateway.demo.accounts import PARTNER, PartnerPlan, new_customer
from gateway.demo.chances import chance_of
from gateway.demo.filling import Filling
from gateway.demo.opening import open_customer, open_partner, staff
from gateway.demo.people import Employer, named_person
from gateway.embedded import embedded_servers
from persistence import seeding
from persistence.copying import copy_connection
from persistence.migrating import migrate

FULL_SIZE = 1_000_000
CUSTOMERS = 199
LARGE, TENTH, SMALL = "3001", "3002", "3003"
"""Account numbers: 300,000 users of 1,000,000, a tenth of that, and 1,000."""
PARTNER_EMAIL = PARTNER.user.email
_SMALLEST = 200
"""Users of the small account in a data set of few: more than a page."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DataSet:
    """Where the data set is served, and what it holds."""

    database_url: str
    redis_url: str
    home: Path
    users: int


def sizes(users: int) -> dict[str, int]:
    """Tell how many users each customer account has, by its number, when there are so many in all."""
    numbers = [str(int(LARGE) + place) for place in range(CUSTOMERS)]
    named = {LARGE: users * 3 // 10, TENTH: users * 3 // 100, SMALL: max(users // 1000, _SMALLEST)}
    rest = users - 1 - sum(named.values())
    share, more = divmod(rest, CUSTOMERS - len(named))
    if share < 1:
        raise BenchmarkFailed("A data set has at least 1,000 users.")
    others = numbers[len(named) :]
    return named | {number: share + (place < more) for place, number in enumerate(others)}


@contextmanager
def dataset(users: int, progress: Progress) -> Generator[DataSet]:
    """Serve the data set of so many users, made if it is not there. Raises BenchmarkFailed, SetupError."""
    home = Path(os.environ.get("GATEWAY_DATA_DIR") or ".data/bench").resolve() / str(users)
    home.mkdir(parents=True, exist_ok=True)
    progress("Starting PostgreSQL and Valkey ...")
    with embedded_servers(home) as servers:
        migrate(servers.database_url)
        asyncio.run(_make_if_missing(servers.database_url, users, progress))
        yield DataSet(servers.database_url, servers.redis_url, home, users)


async def _make_if_missing(url: str, users: int, progress: Progress) -> None:
    async with copy_connection(url) as connection:
        if not await seeding.is_empty(connection):
            found = await connection.fetchval("SELECT count(*) FROM users")
            if found != users:
                raise BenchmarkFailed(
                    f"There are {found:,} users and not {users:,}: remove the directory of the data set."
                )
            return
        async with connection.transaction(), dataset_indexes.left_out(connection, progress):
            done = 0

            def advance(more: int) -> None:
                nonlocal done
                done += more
                progress(f"Making up {done:,} of {users:,} users ...")

            await _make(await Filling.begin(connection, datetime.now(UTC), advance), users)
        progress("Settling the database ...")
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")


async def _make(filling: Filling, users: int) -> None:
    partner = PartnerPlan(PARTNER.number, PARTNER.name, PARTNER.user, ())
    chance = chance_of(partner.number)
    owner = await open_partner(filling.connection, partner, filling.now)
    await filling.fill(owner, iter([named_person(chance, owner, partner.user, filling.now)]), chance)
    for number, size in sizes(users).items():
        await _make_customer(filling, owner, number, size)


async def _make_customer(filling: Filling, owner: Employer, number: str, size: int) -> None:
    chance, plan = chance_of(number), new_customer(number, size)
    employer = await open_customer(filling.connection, plan, owner.id, filling.product_ids, filling.now)
    await filling.fill(employer, staff(chance, employer, plan, filling.now), chance)
