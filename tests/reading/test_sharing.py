"""Operations that ask at the same moment share a statement, and nothing else."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from domain.viewers import Scope
from loaders.batches import by_id
from loaders.sharing import SharedReads
from persistence.database import Connection
from persistence.failures import DatabaseUnavailable
from persistence.users import users_by_id
from tests.conftest import ADMIN
from tests.reading.counting import CountingDatabase


@pytest.fixture
async def ids(sql: Any) -> dict[str, str]:
    """Give an account and a user of it, and a user of the partner's own account with that account."""
    admin = await sql.fetchrow("SELECT id, account_id FROM users WHERE email = $1", ADMIN)
    partner = await sql.fetchrow("SELECT id, account_id FROM users WHERE email = 'partner@partner.example'")
    return {
        "account": admin["account_id"],
        "admin": admin["id"],
        "partner account": partner["account_id"],
        "partner": partner["id"],
    }


async def test_operations_of_one_scope_share_a_statement(database: CountingDatabase, ids: dict[str, str]):
    reads, scope = SharedReads(database), Scope(ids["partner account"])
    one, other = by_id(reads, scope, users_by_id), by_id(reads, Scope(scope.account_id), users_by_id)
    await one.load(ids["account"])  # what the driver asks on a new connection
    database.records.clear()
    admin, both = await asyncio.gather(one.load(ids["admin"]), other.load_many([ids["admin"], ids["partner"]]))
    assert len(database.statements) == 1
    assert admin is both[0]
    assert [user and user.id for user in both] == [ids["admin"], ids["partner"]]


async def test_scopes_share_nothing(database: CountingDatabase, ids: dict[str, str]):
    reads = SharedReads(database)
    of_partner, of_admin = (by_id(reads, Scope(ids[name]), users_by_id) for name in ("partner account", "account"))
    await of_admin.load(ids["account"])
    database.records.clear()
    seen, hidden = await asyncio.gather(of_partner.load(ids["partner"]), of_admin.load(ids["partner"]))
    assert len(database.statements) == 2
    assert seen is not None
    assert hidden is None


async def test_nobody_suffers_for_the_keys_of_another(database: CountingDatabase, ids: dict[str, str]):
    reads, scope = SharedReads(database), Scope(ids["partner account"])
    one, other = by_id(reads, scope, users_by_id), by_id(reads, scope, users_by_id)
    found, failed = await asyncio.gather(one.load(ids["admin"]), other.load("no id at all"), return_exceptions=True)
    assert getattr(found, "id", None) == ids["admin"]
    assert isinstance(failed, Exception)
    with pytest.raises(type(failed)):
        await other.load_many([ids["admin"], "no id at all"])


async def test_nothing_is_tried_alone_while_the_database_is_away(database: CountingDatabase):
    tried: list[Sequence[str]] = []

    async def read(_connection: Connection, _scope: Scope, asked: Sequence[str]) -> dict[str, str]:
        tried.append(asked)
        raise DatabaseUnavailable("it is away")

    reads, scope = SharedReads(database), Scope("a")
    loaders = [by_id(reads, scope, read) for _ in range(3)]
    failed = await asyncio.gather(*[one.load(str(place)) for place, one in enumerate(loaders)], return_exceptions=True)
    assert [type(error) for error in failed] == [DatabaseUnavailable] * 3
    assert tried == [["0", "1", "2"]]


async def test_who_leaves_takes_nothing_from_the_others(database: CountingDatabase, ids: dict[str, str]):
    reads, scope = SharedReads(database), Scope(ids["partner account"])
    leaving = asyncio.ensure_future(by_id(reads, scope, users_by_id).load(ids["admin"]))
    staying = asyncio.ensure_future(by_id(reads, scope, users_by_id).load(ids["admin"]))
    await asyncio.sleep(0)
    leaving.cancel()
    user = await staying
    assert user is not None
    assert leaving.cancelled()
