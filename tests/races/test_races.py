"""What happens when everybody does it at once, on two gateways with one database."""

import random
from typing import Any

import pytest

from tests.accounts import FreshAccount
from tests.bulk.actions import ids, mutation
from tests.conftest import PARTNER
from tests.races.conftest import Asked, Crowd

ROUNDS = 20
ASSIGN, UNASSIGN, DELETE = mutation("bulkAssignLicenses"), mutation("bulkUnassignLicenses"), mutation("deleteUsers")
CREATE = "mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } userErrors { code } } }"
EDIT = "mutation ($input: EditUserInput!) { editUser(input: $input) { user { id } userErrors { code } } }"
TOGGLE = "mutation ($input: ToggleAdminInput!) { toggleAdmin(input: $input) { user { id } userErrors { code } } }"


def codes(answers: list[Any]) -> list[str]:
    return [error["code"] for answer in answers for error in answer["userErrors"]]


async def check_counts(account: FreshAccount) -> None:
    """Hold the count against the rows that it counts (L4)."""
    rows = await account.value("SELECT count(*) FROM licenses WHERE account_id = $1")
    assert await account.value("SELECT assigned FROM license_counts WHERE account_id = $1") == rows
    total = await account.value("SELECT sum(quantity) FROM license_subscriptions WHERE account_id = $1")
    assert rows <= total


@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_the_last_licenses_go_to_as_many_as_there_are(crowd: Crowd, account: FreshAccount, round_: int):  # L4
    left = 1 + round_ % 3
    product = await account.buy(quantity=left)
    users = [await account.add_user() for _ in range(20)]
    given = {"accountId": account.node, "productId": f"product_{product}"}
    answers = await crowd.ask(*[(ASSIGN, given | {"target": ids(user)}, PARTNER) for user in users])
    assert codes(answers) == ["NOT_ENOUGH_LICENSES"] * (20 - left)
    await check_counts(account)
    assert await account.value("SELECT assigned FROM license_counts WHERE account_id = $1") == left


@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_admins_who_demote_each_other_leave_one(crowd: Crowd, open_fresh: Any, round_: int):  # A2
    account = await open_fresh(admins=2 + round_ % 3)
    rows = await account.rows("SELECT id FROM users WHERE account_id = $1 ORDER BY id")
    admins = [row["id"] for row in rows]
    asked = [
        (TOGGLE, {"userId": f"user_{other}", "isAccountAdmin": False}, admin)
        for admin in admins
        for other in admins
        if other != admin
    ] * 4
    # Who was demoted before the request came is forbidden; who was demoted while it waited meets the rule.
    assert await crowd.ask_for_codes(*asked) <= {"LAST_ADMIN", "FORBIDDEN"}
    assert await account.value("SELECT count(*) FROM users WHERE account_id = $1 AND role = 'ACCOUNT_ADMIN'") == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_an_address_goes_to_one(crowd: Crowd, account: FreshAccount, round_: int):  # U2
    other = await account.add_user("Bob", "bob@acme.example")
    create = {"accountId": account.node, "name": "Ada", "sendWelcomeEmail": bool(round_ % 2)}
    edit = {"userId": f"user_{other}", "email": "ada@acme.example"}
    spellings = ["ada@acme.example", "ADA@acme.example"]
    asked = [(CREATE, create | {"email": spellings[place % 2]}, PARTNER) for place in range(19)]
    answers = await crowd.ask(*asked, (EDIT, edit, PARTNER))
    assert codes(answers) == ["EMAIL_TAKEN"] * 19
    taken = "SELECT count(*) FROM users WHERE account_id = $1 AND email_key = 'ada@acme.example'"
    assert await account.value(taken) == 1


@pytest.mark.parametrize("round_", range(ROUNDS))
async def test_assigning_unassigning_and_deleting_at_once_keeps_the_count(
    crowd: Crowd, account: FreshAccount, round_: int
):  # L4, L6, L7
    chance = random.Random(round_)
    product = await account.buy(quantity=12)
    users = [await account.add_user() for _ in range(30)]
    given = {"accountId": account.node, "productId": f"product_{product}"}
    asked: list[Asked] = []
    for user in users:
        asked += [(query, given | {"target": ids(user)}, PARTNER) for query in (ASSIGN, UNASSIGN)]
    deleted = chance.sample(users, 5)
    word = {"accountId": account.node, "confirmation": "delete"}
    asked += [(DELETE, word | {"target": ids(user)}, PARTNER) for user in deleted]
    asked += [(query, given | {"target": {"all": True}}, PARTNER) for query in (ASSIGN, UNASSIGN) * 2]
    chance.shuffle(asked)
    answers = await crowd.ask(*asked)
    assert {*codes(answers)} <= {"NOT_ENOUGH_LICENSES", "NOT_FOUND"}
    await check_counts(account)
    left = await account.rows("SELECT id FROM users WHERE account_id = $1")
    assert {row["id"] for row in left} == {account.admin, *users} - {*deleted}


async def test_two_hundred_at_once_are_all_answered(crowd: Crowd, account: FreshAccount):
    product = await account.buy(quantity=77)
    users = [await account.add_user() for _ in range(200)]
    given = {"accountId": account.node, "productId": f"product_{product}"}
    answers = await crowd.ask(*[(ASSIGN, given | {"target": ids(user)}, PARTNER) for user in users])
    assert codes(answers) == ["NOT_ENOUGH_LICENSES"] * 123
    await check_counts(account)
