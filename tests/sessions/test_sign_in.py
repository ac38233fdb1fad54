"""Signing in (P4, P5, O1)."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.demo.filling import PASSWORD as DEMO_PASSWORD
from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway
from tests.sessions.entrances import ANOTHER, PASSWORD, SIGN_IN, Entrance, add_registered, refusal

WRONG = ("WRONG_CREDENTIALS", "")


async def test_gives_a_session_whose_viewer_can_be_asked(account: FreshAccount, entrance: Entrance, email: str):
    user_id = await add_registered(account, email, role="ACCOUNT_ADMIN")
    payload = entrance.ask(SIGN_IN, email=f" {email.upper()} ", password=PASSWORD)
    assert payload["userErrors"] == payload["accounts"] == []
    session = payload["session"]
    viewer = session["viewer"]
    assert viewer["user"] == {"id": f"user_{user_id}", "name": "Ada Byron", "email": email}
    assert viewer["account"]["id"] == account.node
    assert viewer["role"] == "ACCOUNT_ADMIN"
    assert viewer["expiresAt"] == session["accessTokenExpiresAt"]
    assert entrance.works(session["accessToken"])
    ends = datetime.fromisoformat(session["refreshTokenExpiresAt"])
    assert abs(ends - datetime.now(UTC) - timedelta(days=30)) < timedelta(minutes=1)


async def test_shows_the_viewer_all_that_a_token_would(account: FreshAccount, entrance: Entrance, email: str):
    await add_registered(account, email, role="ACCOUNT_ADMIN")
    query = SIGN_IN.replace("account { id name }", "account { id users { totalCount } licenseCounts { total } }")
    response = entrance.post(query, input={"email": email, "password": PASSWORD}).json()
    assert "errors" not in response
    assert response["data"]["signIn"]["session"]["viewer"]["account"]["users"]["totalCount"] == 2


async def test_two_in_one_operation_each_see_their_own(open_fresh: Any, entrance: Entrance):
    accounts = [await open_fresh(), await open_fresh()]
    people = [f"ada@a{account.number}.example" for account in accounts]
    for account, email in zip(accounts, people, strict=True):
        await add_registered(account, email, role="ACCOUNT_ADMIN")
    chosen = "session { viewer { account { id users(first: 9) { nodes { account { id } } } } } }"
    query = f"""mutation ($first: SignInInput!, $second: SignInInput!) {{
      first: signIn(input: $first) {{ {chosen} }} second: signIn(input: $second) {{ {chosen} }} }}"""
    first, second = [{"email": email, "password": PASSWORD} for email in people]
    data = entrance.post(query, first=first, second=second).json()["data"]
    for account, answer in zip(accounts, data.values(), strict=True):
        seen = answer["session"]["viewer"]["account"]
        assert seen == {"id": account.node, "users": {"nodes": [{"account": {"id": account.node}}] * 2}}


def test_the_people_of_the_demonstration_can_sign_in(entrance: Entrance):
    assert entrance.sign_in(PARTNER, DEMO_PASSWORD)["viewer"]["role"] == "PARTNER"


async def test_notes_when_and_changes_nothing_else_of_the_user(account: FreshAccount, entrance: Entrance, email: str):
    user_id = await add_registered(account, email)
    (before,) = await account.rows("SELECT * FROM users WHERE account_id = $1 AND id = $2", user_id)
    entrance.sign_in(email)
    (after,) = await account.rows("SELECT * FROM users WHERE account_id = $1 AND id = $2", user_id)
    assert [name for name in before.keys() if before[name] != after[name]] == ["last_signed_in_at"]  # noqa: SIM118
    assert datetime.now(UTC) - after["last_signed_in_at"] < timedelta(minutes=1)


async def test_writes_down_who_signed_in_and_no_secret(account: FreshAccount, entrance: Entrance, email: str):  # O1
    user_id = await add_registered(account, email)
    session = entrance.sign_in(email)
    (entry,) = await account.rows("SELECT *, changes::text AS json FROM audit_events WHERE account_id = $1")
    assert (entry["action"], entry["actor_id"], entry["subject_id"]) == ("signIn", user_id, user_id)
    for secret in (PASSWORD, session["accessToken"], session["refreshToken"]):
        assert secret not in str(dict(entry))


async def test_keeps_only_hashes_of_tokens(account: FreshAccount, entrance: Entrance, email: str):  # M5
    await add_registered(account, email)
    session = entrance.sign_in(email)
    (held,) = await account.rows(
        "SELECT token_hash = sha256(convert_to($2, 'UTF8')) AS is_hash FROM refresh_tokens"
        " JOIN sessions ON sessions.id = session_id JOIN users ON users.id = user_id WHERE account_id = $1",
        session["refreshToken"],
    )
    assert held["is_hash"]


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "UNREGISTERED"},
        {"status": "INACTIVE", "inactive_reason": "DEACTIVATED_BY_SOURCE"},
        {"status": "INACTIVE", "inactive_reason": "ACCOUNT_REMOVED"},
    ],
)
async def test_lets_nobody_in_who_is_not_registered(
    account: FreshAccount, entrance: Entrance, email: str, columns: dict[str, Any]
):
    await add_registered(account, email, **columns)
    before = await account.traces()
    assert refusal(entrance.ask(SIGN_IN, email=email, password=PASSWORD)) == WRONG
    assert await account.traces() == before


async def test_lets_nobody_into_a_deactivated_account(open_fresh: Any, entrance: Entrance):  # P5
    account = await open_fresh(is_active=False)
    email = f"ada@a{account.number}.example"
    await add_registered(account, email)
    before = await account.traces()
    assert refusal(entrance.ask(SIGN_IN, email=email, password=PASSWORD)) == WRONG
    assert await account.traces() == before


async def test_answers_an_unknown_address_as_a_wrong_password(
    account: FreshAccount, entrance: Entrance, email: str
):  # P4
    await add_registered(account, email)
    before = await account.traces()
    wrong = entrance.post(SIGN_IN, input={"email": email, "password": ANOTHER})
    assert refusal(wrong.json()["data"]["signIn"]) == WRONG
    for nobody in (f"x{email}", "", "a\u0000b", "x" * 10_000, "ada", "\u202e@acme.example"):
        unknown = entrance.post(SIGN_IN, input={"email": nobody, "password": PASSWORD})
        assert unknown.content == wrong.content
    for password in ("", "\u0000", "é" * 10_000):
        assert refusal(entrance.ask(SIGN_IN, email=email, password=password)) == WRONG
    assert await account.traces() == before


async def test_holds_every_refusal_back_for_as_long(
    open_fresh: Any, account: FreshAccount, entrance: Entrance, email: str
):  # P4
    for other in (account, await open_fresh(), await open_fresh()):
        await add_registered(other, email)
    for address in (email, "nobody@nowhere.example"):
        started = time.monotonic()
        assert refusal(entrance.ask(SIGN_IN, email=address, password=ANOTHER)) == WRONG
        assert time.monotonic() - started >= 0.5


async def test_lets_choose_where_the_password_fits_several(
    open_fresh: Any, account: FreshAccount, entrance: Entrance, email: str
):
    second, third = await open_fresh(), await open_fresh()
    for one, password in ((account, PASSWORD), (second, PASSWORD), (third, ANOTHER)):
        await add_registered(one, email, password)
    before = await account.traces()
    payload = entrance.ask(SIGN_IN, email=email, password=PASSWORD)
    assert payload["session"] is None
    assert payload["userErrors"] == []
    by_number = sorted((account, second), key=lambda one: one.number)
    assert [one["id"] for one in payload["accounts"]] == [one.node for one in by_number]
    assert [one["number"] for one in payload["accounts"]] == [one.number for one in by_number]
    assert await account.traces() == before
    session = entrance.ask(SIGN_IN, email=email, password=PASSWORD, accountId=second.node)["session"]
    assert session["viewer"]["account"]["id"] == second.node


async def test_chooses_by_the_password_where_that_fits_one(
    open_fresh: Any, account: FreshAccount, entrance: Entrance, email: str
):
    second = await open_fresh()
    await add_registered(account, email)
    await add_registered(second, email, ANOTHER)
    assert entrance.sign_in(email, ANOTHER)["viewer"]["account"]["id"] == second.node


async def test_an_account_that_the_password_does_not_fit_is_wrong_credentials(
    open_fresh: Any, account: FreshAccount, entrance: Entrance, email: str
):  # P4
    second = await open_fresh()
    await add_registered(account, email)
    await add_registered(second, email, ANOTHER)
    for account_id in (second.node, (await open_fresh()).node, "account_0", "nonsense"):
        assert refusal(entrance.ask(SIGN_IN, email=email, password=PASSWORD, accountId=account_id)) == WRONG


async def test_of_accounts_to_choose_from_only_their_own_fields_can_be_read(
    open_fresh: Any, account: FreshAccount, entrance: Entrance, email: str
):  # P4
    for one in (account, await open_fresh()):
        await add_registered(one, email)
    query = SIGN_IN.replace("accounts { id number name }", "accounts { id users { totalCount } }")
    answer = entrance.post(query, input={"email": email, "password": PASSWORD}).json()
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"UNAUTHENTICATED"}
    assert answer["data"] is None


async def test_needs_a_token_where_anything_else_is_asked(
    gateway: RunningGateway, account: FreshAccount, entrance: Entrance, email: str
):
    await add_registered(account, email, role="ACCOUNT_ADMIN")
    before = await account.traces()
    query = """mutation ($input: SignInInput!, $toggle: ToggleAdminInput!) {
      signIn(input: $input) { session { accessToken } }
      toggleAdmin(input: $toggle) { userErrors { code } } }"""
    toggle = {"userId": f"user_{account.admin}", "isAccountAdmin": False}
    given = {"email": email, "password": PASSWORD}
    assert entrance.post(query, input=given, toggle=toggle).status_code == 401
    assert await account.traces() == before
    assert gateway.url
