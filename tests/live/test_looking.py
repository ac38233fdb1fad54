"""What is looked for every two seconds on behalf of who watches every account in sight."""

import asyncio
from typing import Any

from domain.viewers import Scope
from events.cancelling import cancel
from events.doorbell import Doorbell
from resolvers.live.counts import WideCountSource
from resolvers.live.watches import Watches
from tests.accounts import FreshAccount
from tests.conftest import RunningGateway
from tests.reading.counting import CountingDatabase

LONGER_THAN_BETWEEN_TWO_LOOKS_SECONDS = 2.5


async def looks_for_accounts(gateway: RunningGateway, account_id: str) -> bool:
    """Watch every account of a scope, and tell whether others were looked for."""
    database = await CountingDatabase.open(gateway.database_url, pool_size=1, statement_timeout_seconds=30)
    doorbell = Doorbell(gateway.house.environment["REDIS_URL"])
    watches = Watches(database, doorbell)
    running = asyncio.create_task(watches.run())
    source = WideCountSource(watches, Scope(account_id), [account_id], None)
    await source.catch_up()
    await asyncio.sleep(LONGER_THAN_BETWEEN_TWO_LOOKS_SECONDS)
    source.close()
    await cancel(running)
    await doorbell.close()
    await database.close()
    assert any("max(user_changes.id" in statement for statement in database.statements)
    return any("accounts.partner_id = " in statement for statement in database.statements)


async def test_no_accounts_come_to_a_customer(gateway: RunningGateway, account: FreshAccount, sql: Any):
    assert not await looks_for_accounts(gateway, account.id)
    partner = await sql.fetchval("SELECT partner_id FROM accounts WHERE id = $1", account.id)
    assert await looks_for_accounts(gateway, partner)
