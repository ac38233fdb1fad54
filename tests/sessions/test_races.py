"""What works once works once, whoever asks at the same moment on whichever gateway."""

import asyncio
from typing import Any

import httpx

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.sessions.entrances import (
    ANOTHER,
    PASSWORD,
    REFRESH,
    RESET,
    SIGN_IN,
    Entrance,
    add_registered,
    hash_of,
    new_host,
    refusal,
)

ROUNDS = 20
AT_ONCE = 20


async def ask_at_once(urls: list[str], query: str, fields: dict[str, str]) -> list[Any]:
    """Ask the same of the gateways by turns, all at once; give the payloads."""
    body = {"query": query, "variables": {"input": fields}}
    async with httpx.AsyncClient(timeout=60, headers={"x-forwarded-for": new_host()}) as client:
        asked = [client.post(f"{urls[place % len(urls)]}/graphql", json=body) for place in range(AT_ONCE)]
        answers = [answer.json() for answer in await asyncio.gather(*asked)]
    assert not any("errors" in answer for answer in answers), answers
    return [payload for answer in answers for payload in answer["data"].values()]


def winner(payloads: list[Any]) -> Any:
    """Give the session of the one who won; all others were told that the token does not work."""
    assert {error["code"] for payload in payloads for error in payload["userErrors"]} == {"INVALID_TOKEN"}
    (session,) = [payload["session"] for payload in payloads if payload["session"]]
    return session


async def test_of_many_with_one_refresh_token_one_wins_and_the_session_ends(
    account: FreshAccount, entrance: Entrance, both_urls: list[str], email: str
):
    await add_registered(account, email)
    for _ in range(ROUNDS):
        token = entrance.sign_in(email)["refreshToken"]
        session = winner(await ask_at_once(both_urls, REFRESH, {"refreshToken": token}))
        assert not entrance.works(session["accessToken"])
        assert await sessions_of(account) == 0


async def test_of_many_with_one_reset_link_one_wins(
    account: FreshAccount, entrance: Entrance, both_urls: list[str], email: str
):
    user_id = await add_registered(account, email)
    for number in range(ROUNDS):
        token = await account.add_link(user_id, "PASSWORD_RESET")
        password = f"{ANOTHER}-{number}"
        session = winner(await ask_at_once(both_urls, RESET, {"token": token, "password": password}))
        assert entrance.works(session["accessToken"])
        assert await sessions_of(account) == 1
    written = "SELECT count(*) FROM audit_events WHERE account_id = $1 AND action = 'completePasswordReset'"
    assert await account.value(written) == ROUNDS


async def test_a_password_that_changes_while_it_is_checked_lets_nobody_in(
    account: FreshAccount, entrance: Entrance, both_urls: list[str], email: str
):  # M7
    user_id = await add_registered(account, email)
    body = {"query": SIGN_IN, "variables": {"input": {"email": email, "password": PASSWORD}}}
    async with httpx.AsyncClient(timeout=60, headers={"x-forwarded-for": entrance.host}) as client:
        async with account.sql.transaction():
            await account.sql.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", user_id)
            asked = asyncio.create_task(client.post(f"{both_urls[0]}/graphql", json=body))
            await account.somebody_waits()
            changed = "UPDATE credentials SET password_hash = $2 WHERE user_id = $1"
            await account.sql.execute(changed, user_id, hash_of(ANOTHER))
        payload = (await asked).json()["data"]["signIn"]
    assert refusal(payload) == ("WRONG_CREDENTIALS", "")
    assert await sessions_of(account) == 0
    assert await account.value("SELECT count(*) FROM audit_events WHERE account_id = $1") == 0
    assert await account.sql.fetchval("SELECT last_signed_in_at FROM users WHERE id = $1", user_id) is None


async def test_nobody_stays_signed_in_over_a_reset_at_the_same_moment(
    account: FreshAccount, entrance: Entrance, both_urls: list[str], email: str
):  # M7
    user_id = await add_registered(account, email)
    old = {"query": SIGN_IN, "variables": {"input": {"email": email, "password": PASSWORD}}}
    reset = {"token": await account.add_link(user_id, "PASSWORD_RESET"), "password": ANOTHER}
    async with httpx.AsyncClient(timeout=60) as client:
        asked = [
            client.post(f"{both_urls[place % 2]}/graphql", json=old, headers={"x-forwarded-for": new_host()})
            for place in range(4)
        ]
        asked.insert(2, client.post(f"{both_urls[0]}/graphql", json={"query": RESET, "variables": {"input": reset}}))
        answers = [answer.json() for answer in await asyncio.gather(*asked)]
    assert not any("errors" in answer for answer in answers), answers
    working = [
        session["accessToken"]
        for answer in answers
        for payload in answer["data"].values()
        if (session := payload["session"]) and entrance.works(session["accessToken"])
    ]
    assert len(working) == 1
    assert await sessions_of(account) == 1


async def test_who_signs_in_while_the_account_is_removed_is_not_signed_in_afterwards(
    gateway: RunningGateway, account: FreshAccount
):  # D3
    user_id = await account.add_user(source="SCIM", status="REGISTERED")
    query = "mutation ($input: DeleteUsersInput!) { deleteUsers(input: $input) { outcome { changed } } }"
    given = {"accountId": account.node, "target": {"ids": [f"user_{user_id}"]}, "confirmation": "delete"}
    async with account.sql.transaction():
        # What signing in does, and in the same order.
        await account.sql.execute("UPDATE users SET last_signed_in_at = now() WHERE id = $1", user_id)
        asked = asyncio.create_task(asyncio.to_thread(gateway.data, query, {"input": given}))
        await account.somebody_waits()
        begin = "INSERT INTO sessions (user_id, expires_at) VALUES ($1, now() + interval '1 day')"
        await account.sql.execute(begin, user_id)
    assert (await asked)["deleteUsers"]["outcome"] == {"changed": 1}
    assert await sessions_of(account) == 0


async def sessions_of(account: FreshAccount) -> int:
    count: int = await account.value(
        "SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE account_id = $1"
    )
    return count
