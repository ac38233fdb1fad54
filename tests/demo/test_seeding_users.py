"""As many users as asked for, in a new account or one that is there."""

import asyncio
from datetime import UTC, datetime

import pytest

from gateway.demo.seeding import Seeded, seed_users
from gateway.setup_errors import SetupError
from persistence.copying import CopyConnection, copy_connection
from persistence.failures import DatabaseUnavailable

NOW = datetime.now(UTC)

PEOPLE = """
    SELECT users.*, external_id, attributes, last_synced_at,
           (SELECT array_agg(code || assigned_at ORDER BY code) FROM licenses JOIN products ON products.id = product_id
            WHERE licenses.user_id = users.id) AS licenses
    FROM users LEFT JOIN source_records ON source_records.user_id = users.id
    WHERE users.account_id = (SELECT id FROM accounts WHERE number = $1)
    ORDER BY email_key
"""


def ignore(_done: int, _total: int) -> None:
    """Show no progress."""


async def seed(url: str, users: int, account_number: str | None = None, random_seed: int = 1) -> Seeded:
    return await seed_users(
        url, users=users, account_number=account_number, random_seed=random_seed, progress=ignore, now=NOW
    )


async def count(url: str, number: str) -> int:
    async with copy_connection(url) as connection:
        query = "SELECT count(*) FROM users JOIN accounts ON accounts.id = account_id WHERE number = $1"
        return int(await connection.fetchval(query, number))


@pytest.mark.parametrize("users", [0, 1, 49, 6000])
async def test_makes_a_new_account_of_any_size(demo_database: str, users: int) -> None:
    heard: list[tuple[int, int]] = []
    seeded = await seed_users(
        demo_database,
        users=users,
        account_number=None,
        random_seed=7,
        progress=lambda done, total: heard.append((done, total)),
    )
    assert seeded == Seeded("3001", users)
    assert await count(demo_database, "3001") == users
    assert heard[-1:] == ([(users, users)] if users else [])


async def test_each_new_account_has_a_number_of_its_own(demo_database: str) -> None:
    first, second = await asyncio.gather(seed(demo_database, 20), seed(demo_database, 20))
    assert {first.account_number, second.account_number} == {"3001", "3002"}


async def test_new_accounts_belong_to_the_partner_of_the_demonstration(demo_database: str) -> None:
    await seed(demo_database, 10)
    async with copy_connection(demo_database) as connection:
        query = "SELECT p.number FROM accounts AS a JOIN accounts AS p ON p.id = a.partner_id WHERE a.number = '3001'"
        assert await connection.fetchval(query) == "1000"


async def test_a_new_account_has_everything(demo_database: str) -> None:
    await seed(demo_database, 2000)
    async with copy_connection(demo_database) as connection:
        rows = await connection.fetch(PEOPLE, "3001")
        assert {row["source"] for row in rows} == {"CONSOLE", "IMPORT", "SCIM", "PBX", "MICLOUD_CONNECT"}
        assert {row["status"] for row in rows} == {"UNREGISTERED", "REGISTERED", "INACTIVE"}
        assert sum(row["licenses"] is not None for row in rows) > 1000
        await assert_licenses_are_within_the_total(connection)


async def test_the_same_seed_makes_the_same_people(demo_database: str, other_demo_database: str) -> None:
    made: list[list[dict[str, object]]] = []
    for url in (demo_database, other_demo_database):
        await seed(url, 6000, random_seed=5)
        await seed(url, 200, "2001", random_seed=5)
        async with copy_connection(url) as connection:
            rows = [*await connection.fetch(PEOPLE, "3001"), *await connection.fetch(PEOPLE, "2001")]
        made.append([{key: value for key, value in row.items() if key not in {"id", "account_id"}} for row in rows])
    assert len(made[0]) == 6600
    assert made[0] == made[1]


async def test_another_seed_makes_other_people(demo_database: str) -> None:
    await seed(demo_database, 100, random_seed=5)
    await seed(demo_database, 100, random_seed=6)
    async with copy_connection(demo_database) as connection:
        keys = [{row["name_key"] for row in await connection.fetch(PEOPLE, number)} for number in ("3001", "3002")]
    assert len(keys[0] & keys[1]) < 20


async def test_adding_twice_with_the_same_seed_makes_addresses_of_their_own(demo_database: str) -> None:  # U2
    await seed(demo_database, 400)
    await seed(demo_database, 400, "3001")
    await seed(demo_database, 400, "3001")
    assert await count(demo_database, "3001") == 1200


async def test_adding_after_users_were_deleted_makes_addresses_of_their_own(demo_database: str) -> None:
    await seed(demo_database, 400)
    async with copy_connection(demo_database) as connection:
        await connection.execute("DELETE FROM users WHERE email LIKE '%2@%'")
    before = await count(demo_database, "3001")
    await seed(demo_database, 400, "3001")
    assert await count(demo_database, "3001") == before + 400


async def test_adding_assigns_no_more_licenses_than_are_left(demo_database: str) -> None:  # L4
    await seed(demo_database, 500)
    await seed(demo_database, 1500, "3001")
    async with copy_connection(demo_database) as connection:
        await assert_licenses_are_within_the_total(connection)


@pytest.mark.parametrize("number", ["4711", "1000", "", "DROP"])
async def test_an_account_that_has_no_users_of_its_own_is_refused(demo_database: str, number: str) -> None:
    async with copy_connection(demo_database) as connection:
        before = await connection.fetchval("SELECT count(*) FROM users")
        with pytest.raises(SetupError, match="There is no customer account"):
            await seed(demo_database, 10, number)
        assert await connection.fetchval("SELECT count(*) FROM users") == before


async def test_an_empty_database_gets_the_demonstration_first(empty_database: str) -> None:
    assert await seed(empty_database, 10) == Seeded("3001", 10)
    assert await count(empty_database, "2001") == 400


async def test_a_failure_half_way_leaves_nothing(demo_database: str) -> None:
    def fail(done: int, _total: int) -> None:
        if done > 5000:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await seed_users(demo_database, users=12_000, account_number="2007", random_seed=1, progress=fail)
    assert await count(demo_database, "2007") == 0


async def test_says_where_no_database_answers(tmp_path: object) -> None:
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        await seed(f"postgresql://postgres@/postgres?host={tmp_path}", 10)


async def assert_licenses_are_within_the_total(connection: CopyConnection) -> None:
    over = await connection.fetchval(
        "SELECT count(*) FROM license_counts AS c WHERE assigned > (SELECT coalesce(sum(quantity), 0)"
        " FROM license_subscriptions AS s WHERE (s.account_id, s.product_id) = (c.account_id, c.product_id)"
        " AND starts_at <= now() AND (expires_at IS NULL OR expires_at > now()))"
    )
    assert over == 0
