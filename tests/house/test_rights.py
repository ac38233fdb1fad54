"""A role that lacks a right in PostgreSQL is told in one sentence what to grant it."""

import asyncio
from collections.abc import Callable, Iterator

import asyncpg
import pytest

from gateway.embedded import embedded_servers
from tests.house.houses import House

TOKEN = "token", "--email", "nobody@acme.example"


class Owner:
    """Whoever owns the database, and grants rights to the role `plain`, that of the gateway."""

    def __init__(self, house: House, url: str) -> None:
        self.house = house
        self._url = url
        self.execute("CREATE ROLE plain LOGIN")

    def execute(self, sql: str) -> None:
        asyncio.run(self._execute(sql))

    async def _execute(self, sql: str) -> None:
        connection = await asyncpg.connect(self._url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()


@pytest.fixture
def owner(make_house: Callable[[str], House]) -> Iterator[Owner]:
    house = make_house("owner")
    with embedded_servers(house.data_dir / "servers", durable=False) as servers:
        house.environment = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
        yield Owner(house, servers.database_url)


@pytest.fixture
def plain(make_house: Callable[[str], House], owner: Owner) -> House:
    house = make_house("plain")
    house.environment = dict(owner.house.environment)
    house.environment["DATABASE_URL"] = house.environment["DATABASE_URL"].replace("//postgres@", "//plain@")
    return house


def lacks(reason: str, right: str) -> str:
    return f"The role in DATABASE_URL lacks a right ({reason}): grant it {right}."


def test_a_role_that_may_not_make_tables(owner: Owner, plain: House) -> None:
    right = "USAGE and CREATE in the schema, and let it own the tables in it"
    assert plain.complaint("migrate") == lacks("permission denied for schema public", right)
    owner.execute("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
    assert plain.complaint("migrate") == lacks("no schema has been selected to create in", right)


def test_a_role_that_may_not_use_the_tables(owner: Owner, plain: House) -> None:
    assert owner.house.run("migrate").returncode == 0
    right = "SELECT, INSERT, UPDATE and DELETE on all tables, and USAGE on all sequences"
    assert plain.complaint(*TOKEN) == lacks("permission denied for table alembic_version", right)
    owner.execute("GRANT SELECT ON alembic_version TO plain")
    assert plain.complaint(*TOKEN) == lacks("permission denied for table users", right)
    assert plain.complaint("serve") == lacks("permission denied for table accounts", right)


def test_a_role_that_may_not_make_temporary_tables(owner: Owner, plain: House) -> None:
    assert owner.house.run("migrate").returncode == 0
    owner.execute(
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO plain; GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO plain;"
        "REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC"
    )
    right = "CONNECT and TEMPORARY on the database"
    assert plain.complaint(*TOKEN) == lacks(
        'permission denied to create temporary tables in database "postgres"', right
    )
    owner.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC")
    assert plain.complaint(*TOKEN) == lacks('permission denied for database "postgres"', right)
    owner.execute("GRANT CONNECT, TEMPORARY ON DATABASE postgres TO plain")
    assert plain.complaint(*TOKEN) == "There is nobody with the address nobody@acme.example in any account."
