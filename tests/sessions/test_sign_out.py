"""Signing out, and what else ends a session at once (P6, U9)."""

from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway
from tests.sessions.entrances import REFRESH, SIGN_OUT, Entrance, add_registered, refusal

EDIT = "mutation ($input: EditUserInput!) { editUser(input: $input) { user { id } } }"


async def test_ends_the_session_and_its_access_token(account: FreshAccount, entrance: Entrance, email: str):
    user_id = await add_registered(account, email)
    session, other = entrance.sign_in(email), entrance.sign_in(email)
    assert entrance.ask(SIGN_OUT, refreshToken=session["refreshToken"]) == {"userErrors": []}
    assert not entrance.works(session["accessToken"])
    assert refusal(entrance.ask(REFRESH, refreshToken=session["refreshToken"])) == ("INVALID_TOKEN", "refreshToken")
    assert entrance.works(other["accessToken"])
    (entry,) = await account.rows("SELECT * FROM audit_events WHERE account_id = $1 AND action = 'signOut'")
    assert (entry["actor_id"], entry["subject_id"]) == (user_id, user_id)


async def test_a_used_token_ends_the_session_too(account: FreshAccount, entrance: Entrance, email: str):
    await add_registered(account, email)
    session = entrance.sign_in(email)
    newer = entrance.ask(REFRESH, refreshToken=session["refreshToken"])["session"]
    entrance.ask(SIGN_OUT, refreshToken=session["refreshToken"])
    assert not entrance.works(newer["accessToken"])


async def test_an_unknown_token_is_answered_alike_and_leaves_nothing(
    account: FreshAccount, entrance: Entrance, email: str
):  # P4
    await add_registered(account, email)
    token = entrance.sign_in(email)["refreshToken"]
    known = entrance.post(SIGN_OUT, input={"refreshToken": token})
    before = await account.traces()
    for unknown in (token, "nonsense", ""):
        assert entrance.post(SIGN_OUT, input={"refreshToken": unknown}).content == known.content
    assert await account.traces() == before


async def test_a_change_of_address_signs_out(
    gateway: RunningGateway, account: FreshAccount, entrance: Entrance, email: str
):  # U9
    user_id = await add_registered(account, email)
    session = entrance.sign_in(email)
    edit = {"userId": f"user_{user_id}", "name": "Ada King"}
    assert gateway.data(EDIT, {"input": edit}, who=PARTNER)["editUser"]["user"]
    assert entrance.works(session["accessToken"])
    assert gateway.data(EDIT, {"input": edit | {"email": f"new-{email}"}}, who=PARTNER)["editUser"]["user"]
    assert not entrance.works(session["accessToken"])
    assert refusal(entrance.ask(REFRESH, refreshToken=session["refreshToken"])) == ("INVALID_TOKEN", "refreshToken")
    assert entrance.works(entrance.sign_in(f"new-{email}")["accessToken"])
