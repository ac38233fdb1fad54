"""The link of a welcome mail (M2, M5, M7)."""

from typing import Any

import pytest

from tests.accounts import FreshAccount
from tests.sessions.entrances import PASSWORD, REGISTER, Entrance, refusal

INVALID = ("INVALID_TOKEN", "token")


@pytest.fixture
async def newcomer(account: FreshAccount, email: str) -> str:
    """Give a user who is not registered yet."""
    return await account.add_user("Ada Byron", email)


async def test_registers_and_signs_in(account: FreshAccount, entrance: Entrance, newcomer: str, email: str):
    token = await account.add_link(newcomer, "WELCOME")
    session = entrance.ask(REGISTER, token=token, password=PASSWORD)["session"]
    assert session["viewer"]["user"]["id"] == f"user_{newcomer}"
    assert entrance.works(session["accessToken"])
    assert entrance.sign_in(email, PASSWORD)
    (user,) = await account.rows(
        "SELECT *, status::text, registered_at - now() < '1 minute' AS just_now FROM users"
        " WHERE account_id = $1 AND id = $2",
        newcomer,
    )
    assert (user["status"], user["version"], user["just_now"]) == ("REGISTERED", 2, True)
    assert user["updated_at"] == user["registered_at"]


async def test_writes_down_who_registered_and_tells_those_who_watch(
    account: FreshAccount, entrance: Entrance, newcomer: str
):  # O1
    token = await account.add_link(newcomer, "WELCOME")
    entrance.ask(REGISTER, token=token, password=PASSWORD)
    (entry,) = await account.rows("SELECT *, changes::text AS json FROM audit_events WHERE account_id = $1")
    assert (entry["action"], entry["actor_id"], entry["subject_id"]) == ("completeRegistration", newcomer, newcomer)
    assert entry["json"] == '{"status": {"after": "REGISTERED", "before": "UNREGISTERED"}}'
    (change,) = await account.rows("SELECT kind::text, user_ids FROM user_changes WHERE account_id = $1")
    assert (change["kind"], change["user_ids"]) == ("UPDATED", [newcomer])


async def test_keeps_an_argon2id_hash_of_the_password(account: FreshAccount, entrance: Entrance, newcomer: str):
    token = await account.add_link(newcomer, "WELCOME")
    entrance.ask(REGISTER, token=token, password=PASSWORD)
    stored = await account.sql.fetchval("SELECT password_hash FROM credentials WHERE user_id = $1", newcomer)
    assert stored.startswith("$argon2id$v=19$")


async def test_takes_the_password_from_every_keyboard(
    account: FreshAccount, entrance: Entrance, newcomer: str, email: str
):
    token = await account.add_link(newcomer, "WELCOME")
    entrance.ask(REGISTER, token=token, password="flaschengärtner-7")
    assert entrance.sign_in(email, "flaschenga\u0308rtner-7")


@pytest.mark.parametrize(
    "password",
    ["", "short-7", "x" * 129, "password", "12345678", "aaaaaaaaaaaa", "AdaByron1815", "byron.ada-99", "ada@{domain}"],
)
async def test_refuses_a_weak_password_and_keeps_the_link(
    account: FreshAccount, entrance: Entrance, newcomer: str, email: str, password: str
):
    token = await account.add_link(newcomer, "WELCOME")
    before = await account.traces()
    password = password.format(domain=email.partition("@")[2])
    assert refusal(entrance.ask(REGISTER, token=token, password=password)) == ("PASSWORD_TOO_WEAK", "password")
    assert await account.traces() == before
    assert entrance.ask(REGISTER, token=token, password=PASSWORD)["session"]


async def test_a_long_password_is_taken(account: FreshAccount, entrance: Entrance, newcomer: str):
    token = await account.add_link(newcomer, "WELCOME")
    assert entrance.ask(REGISTER, token=token, password=("orbit lantern 7 " * 8)[:128])["session"]


async def test_a_used_link_works_no_more(account: FreshAccount, entrance: Entrance, newcomer: str):
    token = await account.add_link(newcomer, "WELCOME")
    entrance.ask(REGISTER, token=token, password=PASSWORD)
    await assert_invalid(account, entrance, token)


async def test_of_two_links_the_newer_works(account: FreshAccount, entrance: Entrance, newcomer: str):
    older = await account.add_link(newcomer, "WELCOME")
    newer = await account.add_link(newcomer, "WELCOME")
    await assert_invalid(account, entrance, older)
    assert entrance.ask(REGISTER, token=newer, password=PASSWORD)["session"]


async def test_a_link_that_is_over_works_no_more(account: FreshAccount, entrance: Entrance, newcomer: str):
    await assert_invalid(account, entrance, await account.add_link(newcomer, "WELCOME", hours=-1))


async def test_a_reset_link_registers_nobody(account: FreshAccount, entrance: Entrance, newcomer: str):
    await assert_invalid(account, entrance, await account.add_link(newcomer, "PASSWORD_RESET"))


@pytest.mark.parametrize("token", ["", "nonsense", "\u0000", "x" * 10_000])
async def test_a_forged_link_never_worked(account: FreshAccount, entrance: Entrance, token: str):
    await assert_invalid(account, entrance, token)


@pytest.mark.parametrize(
    "hinder",
    [
        "UPDATE users SET status = 'INACTIVE', inactive_reason = 'DEACTIVATED_BY_SOURCE' WHERE account_id = $1",
        "UPDATE users SET status = 'INACTIVE', inactive_reason = 'ACCOUNT_REMOVED' WHERE account_id = $1",
        "UPDATE users SET status = 'REGISTERED' WHERE account_id = $1",
        "UPDATE accounts SET is_active = false WHERE id = $1",
        "DELETE FROM users WHERE account_id = $1",
    ],
)
async def test_the_link_of_somebody_who_may_not_register_works_no_more(
    account: FreshAccount, entrance: Entrance, newcomer: str, hinder: str
):  # P5
    token = await account.add_link(newcomer, "WELCOME")
    await account.sql.execute(hinder, account.id)
    await assert_invalid(account, entrance, token)


async def assert_invalid(account: FreshAccount, entrance: Entrance, token: str) -> None:
    """See that a token is refused as one that was never given, whatever the password, and that nothing is left."""
    before = await account.traces()
    never: Any = entrance.post(REGISTER, input={"token": "never-given", "password": PASSWORD})
    assert refusal(never.json()["data"]["completeRegistration"]) == INVALID
    for password in (PASSWORD, "weak", ""):
        assert entrance.post(REGISTER, input={"token": token, "password": password}).content == never.content
    assert await account.traces() == before
