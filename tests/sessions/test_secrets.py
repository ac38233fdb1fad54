"""Passwords and tokens appear nowhere but in the answers that give them (M5)."""

import pytest

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.mails.conftest import until
from tests.sessions.entrances import ANOTHER, PASSWORD, REFRESH, REGISTER, RESET, SIGN_IN, SIGN_OUT, Entrance

# Each goes wrong in a way of its own: in the document, in the variables, and on our side.
BROKEN = [
    "mutation ($input: SignInInput!) { signIn(input: $input) { nothing } }",
    "mutation ($input: SignInInput!, $more: Int!) { signIn(input: $input) { session { viewer { role } } } }",
]


async def test_are_in_no_log_and_no_row(gateway: RunningGateway, account: FreshAccount, entrance: Entrance, email: str):
    user_id = await account.add_user("Ada Byron", email)
    welcome = await account.add_link(user_id, "WELCOME")
    sessions = [entrance.ask(REGISTER, token=welcome, password=PASSWORD)["session"], entrance.sign_in(email)]
    sessions.append(entrance.ask(REFRESH, refreshToken=sessions[0]["refreshToken"])["session"])
    reset = await account.add_link(user_id, "PASSWORD_RESET")
    sessions.append(entrance.ask(RESET, token=reset, password=ANOTHER)["session"])
    entrance.ask(SIGN_OUT, refreshToken=sessions[-1]["refreshToken"])
    for query in BROKEN:
        assert "errors" in entrance.post(query, input={"email": email, "password": PASSWORD}).json()
    secrets = [PASSWORD, ANOTHER, welcome, reset]
    secrets += [session[token] for session in sessions for token in ("accessToken", "refreshToken")]
    (printed,) = [process.printed for process in gateway.house.processes]
    assert "request" in printed
    rows = [dict(row) for row in await account.rows("SELECT * FROM audit_events WHERE account_id = $1")]
    assert len(rows) == 4
    for secret in secrets:
        assert secret not in printed
        assert secret not in str(rows)
        assert secret not in str(await account.traces())


@pytest.mark.parametrize("table", ["sessions", "credentials"])
async def test_a_fault_of_ours_shows_none(
    gateway: RunningGateway, account: FreshAccount, entrance: Entrance, email: str, table: str
):
    printed_before = sum(len(process.printed) for process in gateway.house.processes)
    await account.sql.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
    try:
        answer = entrance.post(SIGN_IN, input={"email": email, "password": PASSWORD})
        answer_of_refresh = entrance.post(REFRESH, input={"refreshToken": "a-token-of-somebody"})
    finally:
        await account.sql.execute(f"ALTER TABLE elsewhere RENAME TO {table}")
    assert "INTERNAL_SERVER_ERROR" in answer.text + answer_of_refresh.text
    (process,) = gateway.house.processes
    await until(lambda: process.printed.rfind("UndefinedTableError") > printed_before)
    printed = process.printed
    for secret in (PASSWORD, "a-token-of-somebody"):
        assert secret not in answer.text + answer_of_refresh.text + printed
