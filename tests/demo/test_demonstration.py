"""The demonstration has the accounts and people that it promises."""

import asyncio
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher

from domain.licenses import LicenseSubscription, SubscriptionStatus
from domain.products import MITEAM_MEETINGS, Product
from gateway.demo.filling import PASSWORD
from gateway.demo.seeding import seed_demo
from persistence.copying import CopyConnection, copy_connection


def ignore(_done: int, _total: int) -> None:
    """Show no progress."""


async def test_has_the_accounts(demo: CopyConnection) -> None:
    rows = await demo.fetch(
        "SELECT customer.number, partner.number AS partner, customer.is_active FROM accounts AS customer"
        " LEFT JOIN accounts AS partner ON partner.id = customer.partner_id ORDER BY 1"
    )
    found = {row["number"]: row["partner"] for row in rows}
    assert found == {
        "1000": None,
        "1100": None,
        **{str(number): "1000" for number in range(2001, 2011)},
        "2101": "1100",
    }
    assert [row["number"] for row in rows if not row["is_active"]] == ["2004"]


@pytest.mark.parametrize(
    ("email", "account", "role"),
    [
        ("partner@partner.example", "1000", "PARTNER"),
        ("admin@acme.example", "2001", "ACCOUNT_ADMIN"),
        ("user@acme.example", "2001", "USER"),
    ],
)
async def test_has_the_people_who_can_sign_in(demo: CopyConnection, email: str, account: str, role: str) -> None:
    rows = await demo.fetch(
        "SELECT number, role::text, status::text, password_hash FROM users JOIN accounts ON accounts.id = account_id"
        " JOIN credentials ON user_id = users.id WHERE email = $1",
        email,
    )
    assert [(row["number"], row["role"], row["status"]) for row in rows] == [(account, role, "REGISTERED")]
    assert PasswordHasher().verify(rows[0]["password_hash"], PASSWORD)


@pytest.mark.parametrize(
    ("number", "on", "off"),
    [("2001", "MITEAM_MEETINGS", "MICOLLAB"), ("2002", "MICOLLAB", "SCIM")],
)
async def test_integrations_are_as_told(demo: CopyConnection, number: str, on: str, off: str) -> None:
    rows = await demo.fetch(
        "SELECT integration::text FROM account_integrations JOIN accounts ON accounts.id = account_id"
        " WHERE number = $1",
        number,
    )
    found = {row["integration"] for row in rows}
    assert on in found
    assert off not in found


async def test_sizes_and_subscriptions_are_as_told(demo: CopyConnection) -> None:
    rows = await demo.fetch(
        "SELECT number, count(*) AS users FROM accounts JOIN users ON account_id = accounts.id GROUP BY 1"
    )
    users = {row["number"]: row["users"] for row in rows}
    assert users["2001"] == 400
    assert {users.get(number, 0) for number in ("2005", "2006", "2007", "2008", "2009")} == {0, 1, 49, 50, 51}
    bought = await demo.fetchval(
        "SELECT count(*) FROM license_subscriptions JOIN accounts ON accounts.id = account_id WHERE number = '2003'"
    )
    assert bought == 0


async def test_acme_has_subscriptions_in_every_state(demo: CopyConnection) -> None:  # L1
    rows = await demo.fetch(
        "SELECT code, starts_at, expires_at FROM license_subscriptions JOIN products ON products.id = product_id"
        " JOIN accounts ON accounts.id = account_id WHERE number = '2001'"
    )
    product, now = Product("", MITEAM_MEETINGS, ""), datetime.now(UTC)
    states = {
        LicenseSubscription("", "", product, "", 1, row["starts_at"], row["expires_at"]).status(now)
        for row in rows
        if row["code"] == MITEAM_MEETINGS
    }
    assert states == set(SubscriptionStatus)


async def test_every_account_with_users_has_an_admin(demo: CopyConnection) -> None:  # A2
    without = await demo.fetch(
        "SELECT number FROM accounts WHERE kind = 'CUSTOMER' AND EXISTS (SELECT FROM users"
        " WHERE account_id = accounts.id) AND NOT EXISTS (SELECT FROM users WHERE account_id = accounts.id"
        " AND role = 'ACCOUNT_ADMIN' AND status = 'REGISTERED')"
    )
    assert without == []


async def test_sources_are_those_that_the_account_is_connected_to(demo: CopyConnection) -> None:
    strays = await demo.fetchval(
        "SELECT count(*) FROM users WHERE source IN ('SCIM', 'PBX', 'MICLOUD_CONNECT') AND NOT EXISTS"
        " (SELECT FROM account_integrations AS i WHERE i.account_id = users.account_id"
        " AND i.integration::text = source::text)"
    )
    assert strays == 0


async def test_licenses_are_counted_and_within_the_total(demo: CopyConnection) -> None:  # L4
    rows = await demo.fetch(
        "SELECT assigned, (SELECT count(*) FROM licenses AS l WHERE (l.account_id, l.product_id) ="
        " (c.account_id, c.product_id)) AS counted, (SELECT coalesce(sum(quantity), 0) FROM license_subscriptions AS s"
        " WHERE (s.account_id, s.product_id) = (c.account_id, c.product_id) AND starts_at <= now()"
        " AND (expires_at IS NULL OR expires_at > now())) AS total FROM license_counts AS c"
    )
    assert sum(row["assigned"] for row in rows) > 100
    assert all(row["assigned"] == row["counted"] <= row["total"] for row in rows)


async def test_who_lost_the_account_has_no_license(demo: CopyConnection) -> None:  # D3, L6
    removed = await demo.fetchval(
        "SELECT count(*) FROM licenses JOIN users ON users.id = user_id WHERE inactive_reason = 'ACCOUNT_REMOVED'"
    )
    assert removed == 0


async def test_a_license_is_no_older_than_its_user(demo: CopyConnection) -> None:
    older = await demo.fetchval(
        "SELECT count(*) FROM licenses JOIN users ON users.id = user_id WHERE assigned_at < created_at"
    )
    assert older == 0


async def test_audit_entries_are_of_people_of_the_account_or_its_partner(demo: CopyConnection) -> None:  # O1
    rows = await demo.fetch(
        "SELECT action, at <= now() AS is_past, actor_id IS NULL AS is_source, actor.id IS NOT NULL AS is_somebody,"
        " actor.account_id IN (accounts.id, accounts.partner_id) AS is_ours FROM audit_events"
        " JOIN accounts ON accounts.id = account_id LEFT JOIN users AS actor ON actor.id = actor_id"
    )
    assert {row["action"] for row in rows} == {"createUser", "toggleAdmin", "deleteUsers", "sync"}
    assert all(row["is_past"] and (row["is_source"] or (row["is_somebody"] and row["is_ours"])) for row in rows)


async def test_is_the_same_each_time(demo: CopyConnection, empty_database: str, now: datetime) -> None:
    query = (
        "SELECT number, email, users.name_key, status, mobile, source, role, last_signed_in_at FROM users"
        " JOIN accounts ON accounts.id = account_id ORDER BY 1, 2"
    )
    await seed_demo(empty_database, now=now, progress=ignore)
    async with copy_connection(empty_database) as connection:
        assert await connection.fetch(query) == await demo.fetch(query)


async def test_is_made_once(empty_database: str, now: datetime) -> None:
    heard: list[tuple[int, int]] = []
    assert await seed_demo(empty_database, now=now, progress=lambda done, total: heard.append((done, total)))
    before = await everything(empty_database)
    assert not await seed_demo(empty_database, now=now, progress=ignore)
    assert await everything(empty_database) == before
    assert heard[-1] == (before["users"], before["users"])


async def test_is_made_once_when_several_start_at_once(empty_database: str, now: datetime) -> None:
    made = await asyncio.gather(*(seed_demo(empty_database, now=now, progress=ignore) for _ in range(3)))
    assert sorted(made) == [False, False, True]


async def everything(url: str) -> dict[str, int]:
    async with copy_connection(url) as connection:
        tables = ("accounts", "users", "licenses", "credentials", "source_records", "audit_events")
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}
