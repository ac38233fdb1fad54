"""Sending mails to many (M1, M2, M3, M6)."""

from typing import Any

import pytest

from tests.accounts import FreshAccount
from tests.bulk.actions import ALL, act, ids, numbers
from tests.conftest import RunningGateway

RESET, WELCOME = "bulkResetPasswords", "bulkSendWelcomeEmails"


async def promised(account: FreshAccount) -> list[str]:
    """Give whom mails were promised, by the newest mailing."""
    rows = await account.rows(
        "SELECT user_id FROM mails WHERE mailing_id ="
        " (SELECT id FROM mailings WHERE account_id = $1 ORDER BY created_at DESC LIMIT 1)"
    )
    return sorted(row["user_id"] for row in rows)


async def test_only_registered_users_get_a_reset_mail(gateway: RunningGateway, account: FreshAccount):  # M1
    registered = await account.add_user(status="REGISTERED")
    await account.add_user()
    await account.add_user(status="INACTIVE", inactive_reason="DEACTIVATED_BY_SOURCE", source="SCIM")
    payload = act(gateway, account, RESET, ALL)
    assert numbers(payload) == (4, 2, 0, {"NOT_REGISTERED": 2})
    assert (payload["mailing"]["kind"], payload["mailing"]["total"]) == ("PASSWORD_RESET", 2)
    assert await promised(account) == sorted([registered, account.admin])


async def test_only_unregistered_users_get_a_welcome_mail(gateway: RunningGateway, account: FreshAccount):  # M2, M3
    new = await account.add_user()
    await account.add_user(status="INACTIVE", inactive_reason="DEACTIVATED_BY_SOURCE", source="SCIM")
    payload = act(gateway, account, WELCOME, ALL)
    assert numbers(payload) == (3, 1, 0, {"ALREADY_REGISTERED": 1, "DEACTIVATED_BY_SOURCE": 1})
    assert await promised(account) == [new]


async def test_a_removed_account_comes_back_with_the_welcome_mail(gateway: RunningGateway, account: FreshAccount):  # M3
    removed = await account.add_user(status="INACTIVE", inactive_reason="ACCOUNT_REMOVED", source="PBX")
    payload = act(gateway, account, WELCOME, ids(removed))
    assert numbers(payload) == (1, 1, 0, {})
    row = await account.sql.fetchrow("SELECT status::text, inactive_reason, version FROM users WHERE id = $1", removed)
    assert tuple(row) == ("UNREGISTERED", None, 2)
    assert await promised(account) == [removed]


@pytest.mark.parametrize(("action", "status"), [(RESET, "REGISTERED"), (WELCOME, "UNREGISTERED")])
async def test_a_second_mail_within_a_minute_is_not_sent(
    gateway: RunningGateway, account: FreshAccount, action: str, status: str
):  # M6
    user = await account.add_user(status=status)
    assert numbers(act(gateway, account, action, ids(user))) == (1, 1, 0, {})
    again = act(gateway, account, action, ids(user))
    assert numbers(again) == (1, 0, 1, {})
    assert again["mailing"] is None
    await account.sql.execute("UPDATE mails SET created_at = now() - interval '61 seconds' WHERE user_id = $1", user)
    assert numbers(act(gateway, account, action, ids(user))) == (1, 1, 0, {})


async def test_the_welcome_mail_of_a_new_user_is_not_sent_twice(gateway: RunningGateway, account: FreshAccount):  # M6
    create = "mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }"
    given = {"accountId": account.node, "name": "Ada", "email": "ada@acme.example"}
    user = gateway.data(create, {"input": given})["createUser"]["user"]["id"].removeprefix("user_")
    assert numbers(act(gateway, account, WELCOME, ids(user))) == (1, 0, 1, {})


async def test_a_second_mail_is_not_sent_within_a_minute_of_one_that_was_late(
    gateway: RunningGateway, account: FreshAccount
):  # M6
    user = await account.add_user()
    act(gateway, account, WELCOME, ids(user))
    late = (
        "UPDATE mails SET state = 'SENT', created_at = now() - interval '1 hour',"
        " finished_at = now() - $2 * interval '1 second' WHERE user_id = $1"
    )
    await account.add_link(user, "WELCOME")
    await account.sql.execute(late, user, 50)
    assert numbers(act(gateway, account, WELCOME, ids(user))) == (1, 0, 1, {})
    await account.sql.execute(late, user, 61)
    assert numbers(act(gateway, account, WELCOME, ids(user))) == (1, 1, 0, {})


@pytest.mark.parametrize(
    ("action", "kind", "status"), [(RESET, "PASSWORD_RESET", "REGISTERED"), (WELCOME, "WELCOME", "UNREGISTERED")]
)
async def test_a_mail_goes_to_the_corrected_address_at_once(
    gateway: RunningGateway, account: FreshAccount, action: str, kind: str, status: str
):  # M6, U9
    user = await account.add_user(status=status)
    act(gateway, account, action, ids(user))
    await account.sql.execute("UPDATE mails SET state = 'SENT', finished_at = now() WHERE user_id = $1", user)
    for one in (user, await account.add_user()):
        await account.add_link(one, kind)
    assert numbers(act(gateway, account, action, ids(user))) == (1, 0, 1, {})
    edit = "mutation ($input: EditUserInput!) { editUser(input: $input) { userErrors { code } } }"
    gateway.data(edit, {"input": {"userId": f"user_{user}", "email": f"right-{user}@acme.example"}})
    assert numbers(act(gateway, account, action, ids(user))) == (1, 1, 0, {})


async def test_the_mails_of_a_refused_action_are_not_promised(gateway: RunningGateway, account: FreshAccount):
    user = await account.add_user()
    before = await account.traces()
    act(gateway, account, WELCOME, ids(user), expectedCount=7)
    assert await account.traces() == before


async def test_a_mailing_counts_its_mails_by_itself(account: FreshAccount, gateway: RunningGateway):
    users = [await account.add_user() for _ in range(3)]
    mailing = act(gateway, account, WELCOME, ids(*users))["mailing"]["id"].removeprefix("mailing_")
    state = "UPDATE mails SET state = $2, finished_at = now() WHERE mailing_id = $1 AND user_id = $3"
    numbers_of = "SELECT sent, failed, finished_at IS NOT NULL FROM mailings WHERE id = $1"
    seen: list[Any] = []
    for user, end in zip(users, ("SENT", "FAILED", "SENT"), strict=True):
        await account.sql.execute("UPDATE mails SET attempts = 1, message_id = $2 WHERE user_id = $1", user, user)
        await account.sql.execute(state, mailing, end, user)
        seen.append(tuple(await account.sql.fetchrow(numbers_of, mailing)))
    assert seen == [(1, 0, False), (1, 1, False), (2, 1, True)]
