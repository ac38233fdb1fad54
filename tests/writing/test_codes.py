"""Each code of a `userError` is given, and what is refused leaves nothing behind: no row, no mail, no audit entry.

Some codes are no refusal of a whole action: a bulk action passes such users over, and names the code as the reason.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pytest

from domain.user_errors import UserErrorCode
from tests.accounts import FreshAccount
from tests.bulk.actions import ALL, act, extras, ids, numbers
from tests.conftest import PARTNER, RunningGateway
from tests.sessions.entrances import ANOTHER, PASSWORD, Entrance, add_registered

NOBODYS: Final = "01900000000070008000000000000000"


@dataclass
class Asked:
    """A mutation that will be refused, as all is in place for it; without `who` it is asked by nobody signed in.

    `tries` come before it, and `account` is looked at where it is not the test's own.
    """

    name: str
    given: dict[str, Any]
    who: str | None = PARTNER
    tries: int = 0
    account: FreshAccount | None = None


Provocation: TypeAlias = Callable[[FreshAccount], Awaitable[Asked]]


def creating(account: FreshAccount, **fields: Any) -> Asked:
    given = {"accountId": account.node, "name": "Ada", "email": "ada@acme.example"} | fields
    return Asked("createUser", given)


def editing(user: str, **fields: Any) -> Asked:
    return Asked("editUser", {"userId": f"user_{user}"} | fields)


def acting(name: str, account: FreshAccount, **fields: Any) -> Asked:
    return Asked(name, {"accountId": account.node, "target": ALL} | fields)


async def not_found(account: FreshAccount) -> Asked:  # T2
    return acting("bulkSendWelcomeEmails", account, target=ids(await account.add_user(), NOBODYS))


async def name_required(account: FreshAccount) -> Asked:  # U1
    return creating(account, name=" ")


async def invalid_email(account: FreshAccount) -> Asked:  # U2
    return creating(account, email="ada@acme")


async def email_taken(account: FreshAccount) -> Asked:  # U2
    await account.add_user(email="ada@acme.example")
    return creating(account, email="ADA@acme.example")


async def invalid_mobile(account: FreshAccount) -> Asked:  # U3
    return creating(account, mobile="1")


async def too_long(account: FreshAccount) -> Asked:
    return editing(account.admin, lastName="x" * 201)


async def field_locked_by_source(account: FreshAccount) -> Asked:  # U6
    return editing(await account.add_user(source="PBX"), email="ada@acme.example")


async def version_conflict(account: FreshAccount) -> Asked:  # U8
    return editing(await account.add_user(version=2), name="Ada", ifVersion=1)


async def confirmation_required(account: FreshAccount) -> Asked:  # D1
    await account.add_user()
    return acting("deleteUsers", account, confirmation="Delete")


async def partner_user(account: FreshAccount) -> Asked:  # A1
    partner = await account.value("SELECT partner_id FROM accounts WHERE id = $1")
    user = await account.sql.fetchval("SELECT id FROM users WHERE account_id = $1 LIMIT 1", partner)
    theirs = FreshAccount(account.sql, partner, "")
    return Asked("toggleAdmin", {"userId": f"user_{user}", "isAccountAdmin": True}, account=theirs)


async def last_admin(account: FreshAccount) -> Asked:  # A2
    return Asked("toggleAdmin", {"userId": f"user_{account.admin}", "isAccountAdmin": False}, who=account.admin)


async def account_deactivated(account: FreshAccount) -> Asked:  # P5
    await account.sql.execute("UPDATE accounts SET is_active = false WHERE id = $1", account.id)
    return creating(account)


async def licenses_not_managed_here(account: FreshAccount) -> Asked:  # L2
    product = await account.sql.fetchval("SELECT id FROM products WHERE code = 'MITEAM_MEETINGS'")
    return acting("bulkAssignLicenses", account, productId=f"product_{product}")


async def not_enough_licenses(account: FreshAccount) -> Asked:  # L3
    await account.add_user()
    return acting("bulkAssignLicenses", account, productId=f"product_{await account.buy(quantity=1)}")


async def too_many_targets(account: FreshAccount) -> Asked:  # T1
    return acting("bulkResetPasswords", account, target=ids(*[f"{place:032x}" for place in range(1001)]))


async def count_changed(account: FreshAccount) -> Asked:  # T3
    return acting("bulkResetPasswords", account, expectedCount=2)


async def wrong_credentials(account: FreshAccount) -> Asked:
    return await signing_in(account)


async def too_many_attempts(account: FreshAccount) -> Asked:
    asked = await signing_in(account)
    asked.tries = 5
    return asked


async def signing_in(account: FreshAccount) -> Asked:
    email = f"ada@a{account.number}.example"
    await add_registered(account, email)
    return Asked("signIn", {"email": email, "password": ANOTHER}, who=None)


async def invalid_token(account: FreshAccount) -> Asked:  # M1
    token = await account.add_link(account.admin, "PASSWORD_RESET", hours=-1)
    return Asked("completePasswordReset", {"token": token, "password": PASSWORD}, who=None)


async def password_too_weak(account: FreshAccount) -> Asked:  # M7
    token = await account.add_link(await account.add_user(), "WELCOME")
    return Asked("completeRegistration", {"token": token, "password": "password"}, who=None)


REFUSED: dict[UserErrorCode, Provocation] = {
    UserErrorCode.NOT_FOUND: not_found,
    UserErrorCode.NAME_REQUIRED: name_required,
    UserErrorCode.INVALID_EMAIL: invalid_email,
    UserErrorCode.EMAIL_TAKEN: email_taken,
    UserErrorCode.INVALID_MOBILE: invalid_mobile,
    UserErrorCode.TOO_LONG: too_long,
    UserErrorCode.FIELD_LOCKED_BY_SOURCE: field_locked_by_source,
    UserErrorCode.VERSION_CONFLICT: version_conflict,
    UserErrorCode.CONFIRMATION_REQUIRED: confirmation_required,
    UserErrorCode.PARTNER_USER: partner_user,
    UserErrorCode.LAST_ADMIN: last_admin,
    UserErrorCode.ACCOUNT_DEACTIVATED: account_deactivated,
    UserErrorCode.LICENSES_NOT_MANAGED_HERE: licenses_not_managed_here,
    UserErrorCode.NOT_ENOUGH_LICENSES: not_enough_licenses,
    UserErrorCode.TOO_MANY_TARGETS: too_many_targets,
    UserErrorCode.COUNT_CHANGED: count_changed,
    UserErrorCode.WRONG_CREDENTIALS: wrong_credentials,
    UserErrorCode.TOO_MANY_ATTEMPTS: too_many_attempts,
    UserErrorCode.INVALID_TOKEN: invalid_token,
    UserErrorCode.PASSWORD_TOO_WEAK: password_too_weak,
}

SKIPPED: dict[UserErrorCode, tuple[str, dict[str, str]]] = {
    UserErrorCode.FORBIDDEN: ("deleteUsers", {"status": "REGISTERED", "role": "ACCOUNT_ADMIN"}),  # D4
    UserErrorCode.MICLOUD_CONNECT_USER: ("deleteUsers", {"source": "MICLOUD_CONNECT"}),  # D2
    UserErrorCode.NOT_REGISTERED: ("bulkResetPasswords", {"status": "UNREGISTERED"}),  # M1
    UserErrorCode.ALREADY_REGISTERED: ("bulkSendWelcomeEmails", {"status": "REGISTERED"}),  # M2
    UserErrorCode.DEACTIVATED_BY_SOURCE: (  # M3
        "bulkSendWelcomeEmails",
        {"status": "INACTIVE", "inactive_reason": "DEACTIVATED_BY_SOURCE", "source": "SCIM"},
    ),
    UserErrorCode.ACCOUNT_REMOVED: (  # L5
        "bulkAssignLicenses",
        {"status": "INACTIVE", "inactive_reason": "ACCOUNT_REMOVED", "source": "PBX"},
    ),
}
"""The action that passes such a user over, and what is so about the user."""


def codes(gateway: RunningGateway, entrance: Entrance, asked: Asked) -> list[str]:
    """Ask, and give the codes of what was refused."""
    kind = f"{asked.name[0].upper()}{asked.name[1:]}Input"
    query = f"mutation ($input: {kind}!) {{ {asked.name}(input: $input) {{ userErrors {{ code }} }} }}"
    if asked.who is None:
        payload = entrance.ask(query, **asked.given)
    else:
        payload = gateway.data(query, {"input": asked.given}, who=asked.who)[asked.name]
    return [error["code"] for error in payload["userErrors"]]


@pytest.mark.parametrize("code", REFUSED)
async def test_a_refusal_gives_its_code_and_leaves_nothing(
    gateway: RunningGateway, account: FreshAccount, code: UserErrorCode
):
    entrance = Entrance(gateway)
    asked = await REFUSED[code](account)
    for _ in range(asked.tries):
        codes(gateway, entrance, asked)
    looked_at = asked.account or account
    before = await looked_at.traces()
    assert codes(gateway, entrance, asked) == [code]
    assert await looked_at.traces() == before


@pytest.mark.parametrize("code", SKIPPED)
async def test_a_user_who_is_passed_over_has_the_code_as_reason_and_keeps_all(
    gateway: RunningGateway, account: FreshAccount, code: UserErrorCode
):  # T5
    action, columns = SKIPPED[code]
    more = await extras(account, action)
    user = await account.add_user(**columns)
    before = await account.traces()
    # Of these only what one may not do to oneself depends on who asks.
    who = user if code is UserErrorCode.FORBIDDEN else PARTNER
    assert numbers(act(gateway, account, action, ids(user), who=who, **more)) == (1, 0, 0, {code: 1})
    assert await account.traces() == before


def test_every_code_is_provoked():
    assert sorted([*REFUSED, *SKIPPED]) == sorted(UserErrorCode)
