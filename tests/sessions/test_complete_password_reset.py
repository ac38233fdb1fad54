"""The link of a reset mail (M1, M5, M7)."""

import pytest

from tests.accounts import FreshAccount
from tests.sessions.entrances import ANOTHER, PASSWORD, REFRESH, RESET, SIGN_IN, Entrance, add_registered, refusal

INVALID = ("INVALID_TOKEN", "token")


@pytest.fixture
async def forgetful(account: FreshAccount, email: str) -> str:
    """Give a registered user."""
    return await add_registered(account, email)


async def test_sets_the_password_ends_all_sessions_and_signs_in(
    account: FreshAccount, entrance: Entrance, forgetful: str, email: str
):
    old = [entrance.sign_in(email) for _ in range(3)]
    token = await account.add_link(forgetful, "PASSWORD_RESET")
    session = entrance.ask(RESET, token=token, password=ANOTHER)["session"]
    assert session["viewer"]["user"]["id"] == f"user_{forgetful}"
    assert entrance.works(session["accessToken"])
    for one in old:
        assert not entrance.works(one["accessToken"])
        assert refusal(entrance.ask(REFRESH, refreshToken=one["refreshToken"])) == ("INVALID_TOKEN", "refreshToken")
    assert refusal(entrance.ask(SIGN_IN, email=email, password=PASSWORD)) == ("WRONG_CREDENTIALS", "")
    assert entrance.sign_in(email, ANOTHER)
    (entry,) = await account.rows(
        "SELECT *, changes::text AS json FROM audit_events WHERE account_id = $1 AND action = 'completePasswordReset'"
    )
    assert (entry["actor_id"], entry["subject_id"]) == (forgetful, forgetful)
    assert entry["json"] == '{"openSessions": {"after": 1, "before": 3}}'


async def test_leaves_the_sessions_of_others_alone(
    account: FreshAccount, entrance: Entrance, forgetful: str, email: str
):
    await add_registered(account, f"other-{email}")
    other = entrance.sign_in(f"other-{email}")
    entrance.ask(RESET, token=await account.add_link(forgetful, "PASSWORD_RESET"), password=ANOTHER)
    assert entrance.works(other["accessToken"])


async def test_refuses_a_weak_password_and_keeps_the_link(account: FreshAccount, entrance: Entrance, forgetful: str):
    token = await account.add_link(forgetful, "PASSWORD_RESET")
    before = await account.traces()
    assert refusal(entrance.ask(RESET, token=token, password="ada-byron")) == ("PASSWORD_TOO_WEAK", "password")
    assert await account.traces() == before
    assert entrance.ask(RESET, token=token, password=ANOTHER)["session"]


@pytest.mark.parametrize(
    ("hours", "spoil"),
    [
        (-1, ""),
        (1, "UPDATE links SET used_at = now() WHERE user_id IN (SELECT id FROM users WHERE account_id = $1)"),
        (1, "UPDATE links SET kind = 'WELCOME' WHERE user_id IN (SELECT id FROM users WHERE account_id = $1)"),
        (1, "DELETE FROM links WHERE user_id IN (SELECT id FROM users WHERE account_id = $1)"),
        (1, "UPDATE users SET status = 'UNREGISTERED' WHERE account_id = $1"),
        (1, "UPDATE users SET status = 'INACTIVE', inactive_reason = 'ACCOUNT_REMOVED' WHERE account_id = $1"),
        (1, "UPDATE accounts SET is_active = false WHERE id = $1"),
    ],
)
async def test_a_link_that_does_not_work_is_answered_as_one_that_never_did(
    account: FreshAccount, entrance: Entrance, forgetful: str, hours: int, spoil: str
):  # P4, P5
    token = await account.add_link(forgetful, "PASSWORD_RESET", hours=hours)
    if spoil:
        await account.sql.execute(spoil, account.id)
    before = await account.traces()
    never = entrance.post(RESET, input={"token": "never-given", "password": PASSWORD})
    assert refusal(never.json()["data"]["completePasswordReset"]) == INVALID
    for password in (ANOTHER, "weak"):
        assert entrance.post(RESET, input={"token": token, "password": password}).content == never.content
    assert await account.traces() == before


async def test_a_newer_link_voids_the_one_before(account: FreshAccount, entrance: Entrance, forgetful: str):
    older, newer = [await account.add_link(forgetful, "PASSWORD_RESET") for _ in range(2)]
    assert refusal(entrance.ask(RESET, token=older, password=ANOTHER)) == INVALID
    assert entrance.ask(RESET, token=newer, password=ANOTHER)["session"]
