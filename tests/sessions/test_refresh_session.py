"""Staying signed in: a refresh token works once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from persistence.sessions import REMEMBERED_TOKENS
from tests.accounts import FreshAccount
from tests.sessions.entrances import REFRESH, Entrance, add_registered, refusal

INVALID = ("INVALID_TOKEN", "refreshToken")


async def sessions_of(account: FreshAccount) -> int:
    count: int = await account.value(
        "SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE account_id = $1"
    )
    return count


async def test_turns_the_token_over(account: FreshAccount, entrance: Entrance, email: str):
    user_id = await add_registered(account, email)
    first = entrance.sign_in(email)
    second = entrance.ask(REFRESH, refreshToken=first["refreshToken"])["session"]
    assert second["refreshToken"] != first["refreshToken"]
    assert second["viewer"]["user"]["id"] == f"user_{user_id}"
    assert entrance.works(first["accessToken"])
    assert entrance.works(second["accessToken"])
    third = entrance.ask(REFRESH, refreshToken=second["refreshToken"])["session"]
    assert third["viewer"]["account"]["id"] == account.node
    assert await sessions_of(account) == 1


async def test_lasts_from_the_last_refresh(account: FreshAccount, entrance: Entrance, email: str):
    await add_registered(account, email)
    token = entrance.sign_in(email)["refreshToken"]
    await account.sql.execute("UPDATE sessions SET expires_at = now() + interval '1 minute'")
    session = entrance.ask(REFRESH, refreshToken=token)["session"]
    ends = datetime.fromisoformat(session["refreshTokenExpiresAt"])
    assert abs(ends - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)


async def test_lasts_as_long_as_the_setting_says(
    account: FreshAccount, entrance: Entrance, both_urls: list[str], email: str
):
    await add_registered(account, email)
    token = entrance.sign_in(email)["refreshToken"]
    body = {"query": REFRESH, "variables": {"input": {"refreshToken": token}}}
    answer = entrance.gateway.client.post(f"{both_urls[0]}/graphql", json=body)
    ends = datetime.fromisoformat(answer.json()["data"]["refreshSession"]["session"]["refreshTokenExpiresAt"])
    assert abs(ends - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)


async def test_a_used_token_that_comes_back_ends_the_session(account: FreshAccount, entrance: Entrance, email: str):
    user_id = await add_registered(account, email)
    first = entrance.sign_in(email)
    other = entrance.sign_in(email)
    second = entrance.ask(REFRESH, refreshToken=first["refreshToken"])["session"]
    assert refusal(entrance.ask(REFRESH, refreshToken=first["refreshToken"])) == INVALID
    assert not entrance.works(first["accessToken"])
    assert not entrance.works(second["accessToken"])
    assert refusal(entrance.ask(REFRESH, refreshToken=second["refreshToken"])) == INVALID
    assert entrance.works(other["accessToken"])
    assert await sessions_of(account) == 1
    (entry,) = await account.rows("SELECT * FROM audit_events WHERE account_id = $1 AND action = 'refreshSession'")
    assert (entry["actor_id"], entry["subject_id"]) == (None, user_id)


async def test_forgets_tokens_that_were_used_long_ago(account: FreshAccount, entrance: Entrance, email: str):
    await add_registered(account, email)
    first = entrance.sign_in(email)
    second = entrance.ask(REFRESH, refreshToken=first["refreshToken"])["session"]
    await account.sql.execute(
        "INSERT INTO refresh_tokens (token_hash, session_id, used_at)"
        " SELECT sha256((session_id || ' ' || number)::bytea), session_id, now()"
        f" FROM refresh_tokens, generate_series(1, {REMEMBERED_TOKENS}) AS number"
        " WHERE used_at IS NULL AND session_id IN"
        " (SELECT sessions.id FROM sessions JOIN users ON users.id = user_id WHERE account_id = $1)",
        account.id,
    )
    third = entrance.ask(REFRESH, refreshToken=second["refreshToken"])["session"]
    assert refusal(entrance.ask(REFRESH, refreshToken=first["refreshToken"])) == INVALID
    assert entrance.works(third["accessToken"])
    assert refusal(entrance.ask(REFRESH, refreshToken=second["refreshToken"])) == INVALID
    assert not entrance.works(third["accessToken"])


async def test_a_token_of_nothing_is_answered_as_one_that_is_over(
    account: FreshAccount, entrance: Entrance, email: str
):
    await add_registered(account, email)
    token = entrance.sign_in(email)["refreshToken"]
    await account.sql.execute(
        "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id IN"
        " (SELECT id FROM users WHERE account_id = $1)",
        account.id,
    )
    before = await account.traces()
    over = entrance.post(REFRESH, input={"refreshToken": token})
    assert refusal(over.json()["data"]["refreshSession"]) == INVALID
    for forged in ("", "nonsense", "\u0000", token[:-1], f"{token}=", token.swapcase(), "x" * 10_000):
        assert entrance.post(REFRESH, input={"refreshToken": forged}).content == over.content
    assert await account.traces() == before


@pytest.mark.parametrize(
    ("hinder", "allow"),
    [
        (
            "UPDATE users SET status = 'INACTIVE', inactive_reason = 'DEACTIVATED_BY_SOURCE' WHERE account_id = $1",
            "UPDATE users SET status = 'REGISTERED', inactive_reason = NULL WHERE account_id = $1",
        ),
        (
            "UPDATE accounts SET is_active = false WHERE id = $1",
            "UPDATE accounts SET is_active = true WHERE id = $1",
        ),
    ],
)
async def test_a_session_rests_while_its_user_may_not_sign_in(
    account: FreshAccount, entrance: Entrance, email: str, hinder: str, allow: str
):  # P5, P6
    await add_registered(account, email)
    session = entrance.sign_in(email)
    await account.sql.execute(hinder, account.id)
    before = await account.traces()
    assert not entrance.works(session["accessToken"])
    assert refusal(entrance.ask(REFRESH, refreshToken=session["refreshToken"])) == INVALID
    assert await account.traces() == before
    await account.sql.execute(allow, account.id)
    assert entrance.ask(REFRESH, refreshToken=session["refreshToken"])["session"]


async def test_an_access_token_of_a_session_that_is_over_is_refused(
    account: FreshAccount, entrance: Entrance, email: str
):
    await add_registered(account, email)
    session = entrance.sign_in(email)
    await account.sql.execute(
        "UPDATE sessions SET expires_at = now() WHERE user_id IN (SELECT id FROM users WHERE account_id = $1)",
        account.id,
    )
    assert not entrance.works(session["accessToken"])


async def test_a_session_ends_with_its_user(account: FreshAccount, entrance: Entrance, email: str):
    user_id = await add_registered(account, email)
    session: Any = entrance.sign_in(email)
    await account.sql.execute("DELETE FROM users WHERE id = $1", user_id)
    assert not entrance.works(session["accessToken"])
    assert refusal(entrance.ask(REFRESH, refreshToken=session["refreshToken"])) == INVALID
