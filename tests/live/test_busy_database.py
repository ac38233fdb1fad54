"""A database that is too busy to answer is waited for: an event is told once, and whole (S3)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway, plain_sql
from tests.live.conftest import Open, ring
from tests.live.sockets import COUNTS as ALONE

COUNTS = """subscription ($account: ID) { licenseCounts(accountId: $account) {
  total account { users(first: 1) { nodes { licenses { assignedAt } } } }
} }"""
LONGER_THAN_THAT_SECONDS = 2.5


@asynccontextmanager
async def busy_with_licenses(gateway: RunningGateway) -> AsyncGenerator[None]:
    """Keep everybody from the licenses that people have, which events show, and not from their counts."""
    async with plain_sql(gateway) as other, other.transaction():
        await other.execute("LOCK TABLE licenses IN ACCESS EXCLUSIVE MODE")
        yield


async def change_totals(gateway: RunningGateway, account: FreshAccount) -> None:
    """Have 15 licenses of each product instead of 10, and announce it."""
    await account.sql.execute("UPDATE license_subscriptions SET quantity = 15 WHERE account_id = $1", account.id)
    await ring(gateway, account)


@pytest.mark.parametrize("limit", ["GATEWAY_STATEMENT_TIMEOUT_SECONDS", "GATEWAY_OPERATION_DEADLINE_SECONDS"])
@pytest.mark.parametrize("products", [["MITEAM_MEETINGS"], ["MITEAM_MEETINGS", "MITEL_ONE"]])
async def test_events_wait_for_what_belongs_to_them(
    gateway: RunningGateway, account: FreshAccount, open_client: Open, limit: str, products: list[str]
):
    for product in products:
        await account.buy(product)
    with gateway.beside(**{limit: "1"}) as impatient:
        client = await open_client(account.admin, impatient.address)
        told = await client.subscribe(COUNTS, {"account": account.node})
        await client.until(lambda: len(told.events) == len(products))
        async with busy_with_licenses(gateway):
            await change_totals(gateway, account)
            await asyncio.sleep(LONGER_THAN_THAT_SECONDS)
        await client.until(lambda: len(told.events) == 2 * len(products))
        assert "event not executed" in impatient.printed
    shown: dict[str, Any] = {"account": {"users": {"nodes": [{"licenses": []}]}}}
    assert told.counts == [{"total": total} | shown for total in (10, 15) for _ in products]


async def test_an_event_that_takes_too_long_time_and_again_ends_it(
    gateway: RunningGateway, account: FreshAccount, open_client: Open
):
    await account.buy()
    with gateway.beside(GATEWAY_OPERATION_DEADLINE_SECONDS="1") as impatient:
        client = await open_client(account.admin, impatient.address)
        told = await client.subscribe(COUNTS, {"account": account.node})
        await client.until(lambda: bool(told.events))
        async with busy_with_licenses(gateway):
            await change_totals(gateway, account)
            await client.until(lambda: told.end is not None)
        assert (len(told.events), told.code) == (1, "DEADLINE_EXCEEDED")
        assert impatient.faults == ""


async def test_everybody_who_waits_to_join_is_told_of_the_deadline(
    gateway: RunningGateway, account: FreshAccount, open_client: Open
):
    await account.buy()
    with gateway.beside(GATEWAY_OPERATION_DEADLINE_SECONDS="1") as impatient:
        client = await open_client(account.admin, impatient.address)
        async with plain_sql(gateway) as other, other.transaction():
            await other.execute("LOCK TABLE license_counts IN ACCESS EXCLUSIVE MODE")
            first = await client.subscribe(ALONE, {"account": account.node})
            await asyncio.sleep(0.5)
            second = await client.subscribe(ALONE, {"account": account.node})
            await client.until(lambda: first.end is not None and second.end is not None)
        assert (first.code, second.code) == ("DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED")
