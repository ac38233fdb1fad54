"""What an outside source writes by SQL, which takes no account's turn, is neither lost nor a fault of ours."""

import asyncio
from collections.abc import Callable
from typing import Any

from domain.keys import user_keys
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.users.test_edit_user import edit, refusals

CREATE = """mutation ($input: CreateUserInput!) { createUser(input: $input) {
  user { id } userErrors { code path } } }"""


async def ask_meanwhile(account: FreshAccount, ask: Callable[[], Any], write: str, *values: Any) -> Any:
    """Write by SQL, ask, and commit when what was asked waits for that."""
    async with account.sql.transaction():
        await account.sql.execute(write, *values)
        asked = asyncio.create_task(asyncio.to_thread(ask))
        async with asyncio.timeout(20):
            while not await account.sql.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110 - only the database knows
                await asyncio.sleep(0.02)
    return await asked


async def take_email(account: FreshAccount, email: str, ask: Callable[[], Any]) -> Any:
    keys = user_keys(given_name="Ada", first_name=None, last_name=None, email=email)
    write = """INSERT INTO users (account_id, given_name, email, source, name_key, email_key, search_text)
               VALUES ($1, 'Ada', $2, 'IMPORT', $3, $4, $5)"""
    return await ask_meanwhile(account, ask, write, account.id, email, *keys)


async def test_an_address_that_is_taken_meanwhile_is_taken(gateway: RunningGateway, account: FreshAccount):  # U2
    email = f"ada@{account.number}.example"
    given = {"accountId": account.node, "name": "Ada", "email": email.upper()}
    payload = await take_email(account, email, lambda: gateway.data(CREATE, {"input": given})["createUser"])
    assert refusals(payload) == [("EMAIL_TAKEN", "email")]

    user = await account.add_user()
    email = f"eve@{account.number}.example"
    payload = await take_email(account, email, lambda: edit(gateway, user, email=email))
    assert refusals(payload) == [("EMAIL_TAKEN", "email")]


async def test_who_is_deleted_meanwhile_is_not_there(gateway: RunningGateway, account: FreshAccount):
    user = await account.add_user()
    payload = await ask_meanwhile(
        account, lambda: edit(gateway, user, name="Zed"), "DELETE FROM users WHERE id = $1", user
    )
    assert refusals(payload) == [("NOT_FOUND", "userId")]


async def test_a_field_that_is_not_edited_stays_as_it_was_written_meanwhile(
    gateway: RunningGateway, account: FreshAccount
):  # U6
    user = await account.add_user("Ada")
    write = "UPDATE users SET mobile = '+14155550100' WHERE id = $1"
    payload = await ask_meanwhile(account, lambda: edit(gateway, user, name="Zed"), write, user)
    assert (payload["user"]["name"], payload["user"]["mobile"]) == ("Zed", "+14155550100")
