"""How many accounts one subscription may watch without naming one."""

from typing import Any

from uuid_utils import uuid7

from resolvers.live.watches import MOST_ACCOUNTS
from tests.accounts import FreshAccount
from tests.live.conftest import Open
from tests.live.sockets import COUNTS

_OPEN_PARTNER = """
    INSERT INTO accounts (kind, name, name_key, number, search_text, is_active)
    VALUES ('PARTNER', 'Large', 'large', $1, 'large', true) RETURNING id
"""
_OPEN_CUSTOMERS = """
    INSERT INTO accounts (kind, partner_id, name, name_key, number, search_text, is_active)
    SELECT 'CUSTOMER', $1, 'Small', 'small', $2 || place, 'small', true FROM generate_series(1, $3::integer) AS place
"""


async def test_who_comes_to_see_too_many_is_told_to_name_one(sql: Any, open_client: Open):
    number = f"8{uuid7().int % 10**14:014}"
    partner = FreshAccount(sql, await sql.fetchval(_OPEN_PARTNER, number), number)
    client = await open_client(await partner.add_user("Owner", role="PARTNER", status="REGISTERED"))
    # The partner's own account is in sight as well.
    await sql.execute(_OPEN_CUSTOMERS, partner.id, number, MOST_ACCOUNTS - 1)
    await partner.buy()
    told = await client.subscribe(COUNTS)
    named = await client.subscribe(COUNTS, {"account": partner.node})
    await client.until(lambda: bool(told.events and named.events))
    await sql.execute(_OPEN_CUSTOMERS, partner.id, f"{number}0", 1)
    await client.until(lambda: told.end is not None)
    late = await client.subscribe(COUNTS)
    await client.until(lambda: late.end is not None)
    assert (told.code, named.end, late.code) == ("BAD_USER_INPUT", None, "BAD_USER_INPUT")
    assert told.errors[0]["message"] == "More than 1000 accounts are in sight: name one with accountId."
