"""A database that is too busy to answer is waited for: an event is told once, and whole (S3)."""

import asyncio
from typing import Any

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway, plain_sql
from tests.live.conftest import Open, ring

COUNTS = """subscription ($account: ID) { licenseCounts(accountId: $account) {
  assigned account { users(first: 1) { nodes { licenses { assignedAt } } } }
} }"""
LONGER_THAN_A_STATEMENT_MAY_TAKE_SECONDS = 2.5


async def test_an_event_waits_for_what_belongs_to_it(gateway: RunningGateway, account: FreshAccount, open_client: Open):
    await account.buy(quantity=10)
    with gateway.beside(GATEWAY_STATEMENT_TIMEOUT_SECONDS="1") as impatient:
        client = await open_client(account.admin, impatient.address)
        told = await client.subscribe(COUNTS, {"account": account.node})
        await client.until(lambda: bool(told.events))
        async with plain_sql(gateway) as other, other.transaction():
            await other.execute("LOCK TABLE licenses IN ACCESS EXCLUSIVE MODE")
            await account.sql.execute(
                "UPDATE license_counts SET assigned = 1, revision = revision + 1 WHERE account_id = $1", account.id
            )
            await ring(gateway, account)
            await asyncio.sleep(LONGER_THAN_A_STATEMENT_MAY_TAKE_SECONDS)
        await client.until(lambda: len(told.events) == 2)
        assert "event not executed" in impatient.printed
    shown: dict[str, Any] = {"account": {"users": {"nodes": [{"licenses": []}]}}}
    assert told.events == [{"data": {"licenseCounts": {"assigned": assigned} | shown}} for assigned in (0, 1)]
