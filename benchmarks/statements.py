"""What the statements of lists cost PostgreSQL in an account of 300,000 users, beside one of 1,000.

`python -m benchmarks.statements` prints a table, and with a part of an operation's name its plan as well. The time is
what the server's process spent on a processor, so whatever else the machine does stands outside. Linux only.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeAlias

from rich.console import Console
from rich.table import Table

from domain.paging import Direction, PageRequest, Position
from domain.user_filters import UserFilter, UserProperty, UserSelection, user_selection
from domain.users import Role, UserOrder, UserOrderField
from domain.viewers import Scope
from gateway.demo.seeding import Seeded, seed_users
from gateway.embedded import embedded_postgres
from gateway.process.preparing import migrate_database
from gateway.process.progress import progress_bar
from persistence.database import Connection, Database
from persistence.user_pages import pages_by_account
from persistence.user_totals import product_counts, property_counts, totals_by_account

SMALL, LARGE = 1_000, 300_000
DEPTH = 290_000
RUNS = 16
"""More than five, after which PostgreSQL may plan a statement once for all values."""
SEARCHES = ("a", "an", "th", "ng", "xi", "zz", "rakotoma", "freelanc", "minthu58", "zzzzzzzz")
"""Most match, many, many but for the first by name, some, few, nobody: of one letter, of two, of eight."""
BY_NAME = UserOrder(UserOrderField.NAME, Direction.ASC)

Read: TypeAlias = Callable[[Connection], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Operation:
    """A read, of the large account and, where there is a base to compare with, of the small one."""

    label: str
    large: Read
    small: Read | None = None


def main() -> None:
    """Measure, and print the table."""
    console = Console()
    with tempfile.TemporaryDirectory(prefix="gateway-benchmark-") as directory:
        Path(directory).chmod(0o711)  # the server is another user where this runs as root
        with embedded_postgres(Path(directory) / "postgres") as url:
            migrate_database(url)
            small, large = (_seed(console, url, users) for users in (SMALL, LARGE))
            asyncio.run(_measure(console, url, small.account_number, large.account_number))


def _seed(console: Console, url: str, users: int) -> Seeded:
    with progress_bar(console, f"Making {users:,} users") as progress:
        return asyncio.run(seed_users(url, users=users, account_number=None, random_seed=1, progress=progress))


async def _measure(console: Console, url: str, small: str, large: str) -> None:
    database = await Database.open(url, pool_size=1, statement_timeout_seconds=60)
    table = Table(title=f"Milliseconds of PostgreSQL's own, median of {RUNS}")
    for name in ("operation", f"{SMALL:,} users", f"{LARGE:,} users"):
        table.add_column(name, justify="left" if name == "operation" else "right")
    async with database.connection() as connection:
        for operation in [operation async for operation in _operations(connection, small, large)]:
            base = "" if operation.small is None else f"{await _cost(connection, operation.small):.1f}"
            table.add_row(operation.label, base, f"{await _cost(connection, operation.large):.1f}")
            if any(part in operation.label for part in sys.argv[1:]):
                console.print(f"\n{operation.label}\n{await _plan(connection, operation.large)}", soft_wrap=True)
    await database.close()
    console.print(table)


async def _operations(connection: Connection, small: str, large: str) -> AsyncIterator[Operation]:
    find = "SELECT id FROM accounts WHERE number = $1"
    small_id: str = await connection.fetchval(find, small)
    large_id: str = await connection.fetchval(find, large)
    scope = Scope(await connection.fetchval("SELECT partner_id FROM accounts WHERE id = $1", large_id))
    deep = "SELECT name_key, id FROM users WHERE account_id = $1 ORDER BY name_key, id OFFSET $2 LIMIT 1"
    (row,) = await connection.fetch(deep, large_id, DEPTH)

    def page(account_id: str, selection: UserSelection, position: Position | None = None) -> Read:
        request = PageRequest(position=position)
        return lambda lent: pages_by_account(lent, scope, [account_id], selection, BY_NAME, request)

    def count(read: Any, selection: UserSelection) -> Read:
        return lambda lent: read(lent, scope, [large_id], selection)

    everybody = user_selection(None, None)
    yield Operation("first page", page(large_id, everybody), page(small_id, everybody))
    yield Operation(f"page at {DEPTH:,}", page(large_id, everybody, Position(*row)))
    products = await connection.fetch("SELECT code, id FROM products ORDER BY code")
    for label, selection in _selections(products):
        yield Operation(f"{label}: page", page(large_id, selection), page(small_id, selection))
    for label, selection in (("all", everybody), *_selections(products)):
        for name, read in (("total", totals_by_account), ("properties", property_counts), ("products", product_counts)):
            yield Operation(f"{label}: {name}", count(read, selection))


def _selections(products: list[Any]) -> Iterator[tuple[str, UserSelection]]:
    for letters in SEARCHES:
        yield f"search {letters}", user_selection(letters, None)
    for property_ in UserProperty:
        if property_ is not UserProperty.USERS:
            yield f"filter {property_}", user_selection(None, UserFilter(property=property_))
    yield "filter nobody passes", user_selection(None, UserFilter(role=Role.PARTNER))
    for code, product_id in products:
        yield f"filter {code}", user_selection(None, UserFilter(product_id=product_id))


async def _cost(connection: Connection, read: Read) -> float:
    """Measure in milliseconds; the first run reads what is not in memory yet."""
    spent: list[float] = []
    for _ in range(RUNS):
        before = _nanoseconds(connection)
        await read(connection)
        spent.append((_nanoseconds(connection) - before) / 1e6)
    return median(spent[1:])


def _nanoseconds(connection: Connection) -> int:
    """Tell how long the server's process has been on a processor."""
    return int(Path(f"/proc/{connection.get_server_pid()}/schedstat").read_text().split()[0])


async def _plan(connection: Connection, read: Read) -> str:
    """Give how PostgreSQL ran the last statement of a read."""
    records: list[Any] = []
    with connection.query_logger(records.append):
        await read(connection)
        await asyncio.sleep(0)  # for the driver to log it
    explain = f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) {records[-1].query}"
    return "\n".join(row[0] for row in await connection.fetch(explain, *records[-1].args))


if __name__ == "__main__":
    main()
