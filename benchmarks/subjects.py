"""Whom the operations are about: ids of the data set, as clients see them."""

from dataclasses import dataclass

import asyncpg

from benchmarks.dataset import LARGE, SMALL, TENTH
from domain.nodes import NodeKind, write_id
from domain.paging import Position, write_cursor
from domain.products import MITEAM_MEETINGS
from domain.users import UserOrder
from gateway.demo.purchases import Term

BULK_SIZE = 100
BULK_CLIENTS = 8
ASKED = 16
"""Accounts and users that are asked for in turn: what is asked for at once is seldom the same."""

_ACCOUNTS = "SELECT number, id FROM accounts WHERE number = ANY($1)"
_CUSTOMERS = "SELECT id FROM accounts WHERE kind = 'CUSTOMER' ORDER BY number LIMIT $1"
_SOMEBODY = """
    SELECT id FROM users WHERE account_id = $1 AND EXISTS (SELECT FROM licenses WHERE user_id = users.id)
    ORDER BY name_key, id OFFSET 60 LIMIT 1
"""
_DEEP = "SELECT name_key, id FROM users WHERE account_id = $1 ORDER BY name_key, id OFFSET $2 LIMIT 1"
_LARGEST = "SELECT account_id FROM users GROUP BY account_id ORDER BY count(*) DESC, account_id LIMIT $1"
_FREE = """
    SELECT greatest(sum(quantity) - min(assigned), 0) FROM license_counts JOIN license_subscriptions AS bought
    USING (account_id, product_id)
    WHERE account_id = $1 AND product_id = $2 AND starts_at <= now() AND (expires_at IS NULL OR expires_at > now())
"""
_WITHOUT = """
    SELECT id FROM users WHERE account_id = $1 AND status <> 'INACTIVE'
    AND NOT EXISTS (SELECT FROM licenses WHERE user_id = users.id AND product_id = $2)
    ORDER BY id LIMIT $3
"""
_MADE = f"""
    SELECT max(starts_at) - interval '{Term.PENDING_ACTIVATION.value[0]} days' FROM license_subscriptions
"""
"""When the data set was made."""


@dataclass(frozen=True, slots=True)
class Target:
    """An account, and users of it who lack a license that is there for them."""

    account: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Accounts, users with licenses, a product, and who is to get it."""

    large: str
    tenth: str
    small: str
    accounts: tuple[str, ...]
    users: tuple[str, ...]
    product: str
    targets: tuple[Target, ...]


async def find_subjects(database_url: str) -> Subjects:
    """Look all subjects up."""
    connection = await asyncpg.connect(database_url)
    try:
        accounts = {row["number"]: row["id"] for row in await connection.fetch(_ACCOUNTS, [LARGE, TENTH, SMALL])}
        customers = [row["id"] for row in await connection.fetch(_CUSTOMERS, ASKED)]
        product = await connection.fetchval("SELECT id FROM products WHERE code = $1", MITEAM_MEETINGS)
        owners = [row["account_id"] for row in await connection.fetch(_LARGEST, BULK_CLIENTS)]
        return Subjects(
            large=_shown(NodeKind.ACCOUNT, accounts[LARGE]),
            tenth=_shown(NodeKind.ACCOUNT, accounts[TENTH]),
            small=_shown(NodeKind.ACCOUNT, accounts[SMALL]),
            accounts=tuple(_shown(NodeKind.ACCOUNT, customer) for customer in customers),
            users=tuple(
                [
                    _shown(NodeKind.USER, found)
                    for customer in customers
                    if (found := await connection.fetchval(_SOMEBODY, customer))
                ]
            ),
            product=_shown(NodeKind.PRODUCT, product),
            targets=tuple([found for owner in owners if (found := await _target(connection, owner, product)).users]),
        )
    finally:
        await connection.close()


async def deep_cursor(database_url: str, account: str, depth: int) -> str:
    """Give the cursor of the user so deep in the list of an account."""
    connection = await asyncpg.connect(database_url)
    try:
        row = await connection.fetchrow(_DEEP, _hidden(account), depth - 1)
    finally:
        await connection.close()
    if row is None:
        raise LookupError(f"The account has fewer than {depth} users.")
    return write_cursor(UserOrder(), Position(row["name_key"], row["id"].hex))


async def take_back(database_url: str) -> None:
    """Take away what earlier runs left, those that were stopped half-way included: licenses, and audit entries."""
    connection = await asyncpg.connect(database_url)
    try:
        made = await connection.fetchval(_MADE)
        await connection.execute("DELETE FROM licenses WHERE assigned_at > $1", made)
        await connection.execute("TRUNCATE audit_events")
        await connection.execute("VACUUM ANALYZE licenses, license_counts, audit_events")
    finally:
        await connection.close()


async def _target(connection: "asyncpg.Connection[asyncpg.Record]", account: object, product: object) -> Target:
    free = await connection.fetchval(_FREE, account, product)
    rows = await connection.fetch(_WITHOUT, account, product, min(int(free), BULK_SIZE))
    users = tuple(_shown(NodeKind.USER, row["id"]) for row in rows)
    return Target(_shown(NodeKind.ACCOUNT, account), users)


def _shown(kind: NodeKind, row_id: object) -> str:
    return write_id(kind, str(row_id).replace("-", ""))


def _hidden(shown: str) -> str:
    return shown.partition("_")[2]
