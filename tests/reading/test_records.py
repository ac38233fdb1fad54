"""Records of rows hold what they declare: plans write it as it is, without a look at each value."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from types import UnionType
from typing import Any, get_args, get_type_hints

import pytest
from msgspec import Struct

from domain.accounts import AccountOrder, AccountSelection
from domain.mailings import MailKind
from domain.paging import PageRequest
from domain.user_filters import user_selection
from domain.users import UserOrder
from domain.viewers import Scope
from persistence.account_pages import account_page
from persistence.accounts import accounts_by_id
from persistence.audit import audit_page
from persistence.database import Connection
from persistence.licenses import counts_by_account, subscriptions_by_account
from persistence.mailings import promise_mail
from persistence.products import catalogue
from persistence.user_pages import page_of_all_accounts
from persistence.users import licensed_users_by_id, source_records_by_user, users_by_id
from tests.reading.counting import CountingDatabase

MANY = PageRequest(200)
_WITH_MORE = """
    (SELECT user_id FROM licenses JOIN accounts ON accounts.id = account_id WHERE partner_id = $1 LIMIT 50) UNION
    (SELECT user_id FROM source_records JOIN accounts ON accounts.id = account_id WHERE partner_id = $1 LIMIT 50)
"""


def strays(record: Struct) -> list[str]:
    """Tell which fields hold what is of none of the classes that they declare."""
    hints = get_type_hints(type(record))
    return [name for name in record.__struct_fields__ if not holds(hints[name], getattr(record, name))]


def holds(declared: Any, value: object) -> bool:
    """Tell whether a value is of just the class that is declared, or of one of them."""
    if isinstance(declared, UnionType):
        return any(holds(one, value) for one in get_args(declared))
    if declared in {str, bool, int, datetime, type(None)} or (
        isinstance(declared, type) and issubclass(declared, Enum)
    ):
        return type(value) is declared
    return True


async def records_of(connection: Connection, scope: Scope) -> Sequence[Struct]:
    """Read what there is of each kind that rows are made into."""
    accounts = (await account_page(connection, scope, AccountSelection(), AccountOrder(), MANY)).items
    users = (await page_of_all_accounts(connection, scope, user_selection(None, None), UserOrder(), MANY)).items
    account_ids = [account.id for account in accounts]
    user_ids = [row["user_id"] for row in await connection.fetch(_WITH_MORE, scope.account_id)]
    licensed = (await licensed_users_by_id(connection, scope, user_ids)).values()
    audited = [await audit_page(connection, scope, account_id, MANY) for account_id in account_ids]
    return [
        *accounts,
        *users,
        *(await accounts_by_id(connection, scope, account_ids)).values(),
        *(await users_by_id(connection, scope, user_ids)).values(),
        *licensed,
        *[one for user in licensed for one in user.licenses],
        *(await source_records_by_user(connection, scope, user_ids)).values(),
        *[one for some in (await counts_by_account(connection, scope, account_ids)).values() for one in some],
        *[one for some in (await subscriptions_by_account(connection, scope, account_ids)).values() for one in some],
        *[event for page in audited for event in page.items],
        *await catalogue(connection),
        await promise_mail(connection, account_ids[0], MailKind.WELCOME, user_ids[0]),
    ]


async def test_records_hold_what_they_declare(database: CountingDatabase, sql: Any):
    scope = Scope(await sql.fetchval("SELECT account_id FROM users WHERE email = 'partner@partner.example'"))
    async with database.transaction(keeps=False) as connection:
        records = await records_of(connection, scope)
    assert {type(record).__name__ for record in records} == {
        "Account",
        "AccountEntry",
        "AuditEvent",
        "License",
        "LicenseCount",
        "LicenseSubscription",
        "LicensedUser",
        "Mailing",
        "Product",
        "SourceRecord",
        "User",
    }
    assert {(type(record).__name__, *strays(record)) for record in records if strays(record)} == set()


class _Declared(Struct):
    text: str
    number: int | None


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (_Declared("a", 1), []),
        (_Declared("a", None), []),
        (_Declared(1, None), ["text"]),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        (_Declared(MailKind.WELCOME, number=True), ["text", "number"]),
    ],
)
def test_what_they_do_not_declare_is_found(record: Struct, found: list[str]):
    assert strays(record) == found
