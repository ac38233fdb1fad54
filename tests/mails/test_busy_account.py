"""A job that the database keeps from being done is done later."""

import asyncio
from pathlib import Path

from tests.accounts import open_account
from tests.conftest import plain_sql, running_gateway

REQUEST = "mutation ($email: String!) { requestPasswordReset(input: { email: $email }) { __typename } }"
MAILS = "SELECT count(*) FROM mails WHERE user_id = $1"
LONGER_THAN_A_STATEMENT_MAY_TAKE_SECONDS = 4


async def test_a_request_for_a_new_password_outlasts_a_busy_account(tmp_path: Path):  # M6
    with running_gateway(tmp_path, GATEWAY_STATEMENT_TIMEOUT_SECONDS="1") as gateway:
        async with plain_sql(gateway) as sql:
            account = await open_account(sql)
            user = await account.add_user(email="ada@busy.example", status="REGISTERED")
            async with sql.transaction():
                await sql.execute("SELECT FROM accounts WHERE id = $1 FOR UPDATE", account.id)
                await asyncio.to_thread(gateway.data, REQUEST, {"email": "ada@busy.example"}, who=None)
                await asyncio.sleep(LONGER_THAN_A_STATEMENT_MAY_TAKE_SECONDS)
                assert not await sql.fetchval(MAILS, user)
            async with asyncio.timeout(60):
                while not await sql.fetchval(MAILS, user):
                    await sql.execute("SELECT pg_sleep(0.2)")
            assert gateway.process.faults == ""
