"""Deleting users (D1, D2, D3, D4, D5, A2)."""

import asyncio
import json
from typing import Any

import pytest

from domain.viewers import RIGHTS_LAST
from tests.accounts import FreshAccount
from tests.bulk.actions import ALL, act, ids, mutation, numbers, refusals
from tests.conftest import PARTNER, RunningGateway

DELETE = "deleteUsers"


def delete(
    gateway: RunningGateway, account: FreshAccount, target: Any = ALL, *, who: str = PARTNER, **more: Any
) -> Any:
    return act(gateway, account, DELETE, target, who=who, **{"confirmation": "delete"} | more)


@pytest.mark.parametrize("typed", ["", "Delete", "DELETE", "delete it", "d elete"])
async def test_the_word_has_to_be_typed(gateway: RunningGateway, account: FreshAccount, typed: str):  # D1
    before = await account.traces()
    payload = delete(gateway, account, confirmation=typed)
    assert refusals(payload) == [("CONFIRMATION_REQUIRED", "confirmation")]
    assert await account.traces() == before


async def test_white_space_round_the_word_is_cut(gateway: RunningGateway, account: FreshAccount):  # D1
    user = await account.add_user()
    assert numbers(delete(gateway, account, ids(user), confirmation=" delete\n")) == (1, 1, 0, {})


@pytest.mark.parametrize("source", ["CONSOLE", "IMPORT"])
async def test_users_of_our_own_are_gone(gateway: RunningGateway, account: FreshAccount, source: str):  # D3, D5, L6
    product = await account.buy(quantity=3)
    user = await account.add_user("Ada", "ada@acme.example", source=source, status="REGISTERED")
    await account.give(product, user)
    await with_belongings(account, user)
    payload = delete(gateway, account, ids(user), who=account.admin)
    assert numbers(payload) == (1, 1, 0, {})
    assert (payload["deletedUserIds"], payload["deactivatedUsers"]) == ([f"user_{user}"], [])
    assert await account.value("SELECT count(*) FROM users WHERE account_id = $1") == 1
    assert await account.value("SELECT assigned FROM license_counts WHERE account_id = $1") == 0
    entries = await account.rows(
        "SELECT subject_name, changes::text FROM audit_events WHERE account_id = $1 ORDER BY id"
    )
    assert [entry["subject_name"] for entry in entries] == ["Ada", f"Fresh {account.number}"]  # O2
    assert '"before": "ada@acme.example"' in entries[0]["changes"]
    changes = await account.rows("SELECT kind::text, user_ids FROM user_changes WHERE account_id = $1")
    assert [(change["kind"], change["user_ids"]) for change in changes] == [("DELETED", [user])]
    await account.add_user("Ada again", "ada@acme.example")  # the address is free: no violation


@pytest.mark.parametrize("source", ["PBX", "SCIM"])
async def test_users_of_a_source_stay_listed_without_an_account(
    gateway: RunningGateway, account: FreshAccount, source: str
):  # D3, L6
    product = await account.buy(quantity=3)
    user = await account.add_user(source=source, status="REGISTERED", role="ACCOUNT_ADMIN")
    await account.add_source_record(user, source)
    await account.give(product, user)
    await with_belongings(account, user)
    payload = delete(gateway, account, ids(user))
    assert numbers(payload) == (1, 1, 0, {})
    assert payload["deletedUserIds"] == []
    assert payload["deactivatedUsers"] == [
        {
            "id": f"user_{user}",
            "status": "INACTIVE",
            "inactiveReason": "ACCOUNT_REMOVED",
            "role": "USER",
            "licenses": [],
        }
    ]
    assert await account.value("SELECT assigned FROM license_counts WHERE account_id = $1") == 0
    for table in ("sessions", "links", "credentials"):
        assert await account.sql.fetchval(f"SELECT count(*) FROM {table} WHERE user_id = $1", user) == 0
    states = await account.sql.fetch("SELECT state::text FROM mails WHERE user_id = $1", user)
    assert [row["state"] for row in states] == ["FAILED"]
    assert await changes_told(account, user) == {
        "status": {"before": "REGISTERED", "after": "INACTIVE"},
        "inactiveReason": {"before": None, "after": "ACCOUNT_REMOVED"},
        "role": {"before": "ACCOUNT_ADMIN", "after": "USER"},
    }
    assert numbers(delete(gateway, account, ids(user))) == (1, 0, 1, {})


async def test_tells_what_changes_for_who_was_switched_off_by_a_source(
    gateway: RunningGateway, account: FreshAccount
):  # O2
    user = await account.add_user(source="SCIM", status="INACTIVE", inactive_reason="DEACTIVATED_BY_SOURCE")
    await account.add_source_record(user, "SCIM")
    assert numbers(delete(gateway, account, ids(user))) == (1, 1, 0, {})
    assert await changes_told(account, user) == {
        "inactiveReason": {"before": "DEACTIVATED_BY_SOURCE", "after": "ACCOUNT_REMOVED"}
    }


async def test_who_was_made_an_admin_after_the_account_was_removed_is_none_any_more(
    gateway: RunningGateway, account: FreshAccount
):  # D3
    user = await account.add_user(
        source="PBX", status="INACTIVE", inactive_reason="ACCOUNT_REMOVED", role="ACCOUNT_ADMIN"
    )
    await account.add_source_record(user, "PBX")
    assert numbers(delete(gateway, account, ids(user))) == (1, 1, 0, {})
    assert await account.value("SELECT role::text FROM users WHERE account_id = $1 AND id = $2", user) == "USER"
    assert await changes_told(account, user) == {"role": {"before": "ACCOUNT_ADMIN", "after": "USER"}}
    assert numbers(delete(gateway, account, ids(user))) == (1, 0, 1, {})


async def changes_told(account: FreshAccount, user: str) -> Any:
    """Give what the audit log tells of the one change to a user."""
    told = await account.value("SELECT changes FROM audit_events WHERE account_id = $1 AND subject_id = $2", user)
    return json.loads(told)


async def with_belongings(account: FreshAccount, user: str) -> None:
    """Give a user a password, a session, a link, and a mail that is still to be sent."""
    sql = account.sql
    await sql.execute("INSERT INTO credentials (user_id, password_hash) VALUES ($1, 'x')", user)
    await sql.execute("INSERT INTO sessions (user_id, expires_at) VALUES ($1, now() + interval '1 day')", user)
    mailing = await sql.fetchval(
        "INSERT INTO mailings (account_id, kind, total) VALUES ($1, 'WELCOME', 1) RETURNING id", account.id
    )
    await sql.execute("INSERT INTO mails (mailing_id, user_id, kind) VALUES ($1, $2, 'WELCOME')", mailing, user)
    await account.add_link(user, "WELCOME")


async def test_some_cannot_be_deleted(gateway: RunningGateway, account: FreshAccount):  # D2, D4
    synced = await account.add_user(source="MICLOUD_CONNECT", status="REGISTERED")
    payload = delete(gateway, account, who=account.admin)
    assert numbers(payload) == (2, 0, 0, {"FORBIDDEN": 1, "MICLOUD_CONNECT_USER": 1})
    skipped = {entry["reason"]: entry["userIds"] for entry in payload["outcome"]["skipped"]}
    assert skipped == {"FORBIDDEN": [f"user_{account.admin}"], "MICLOUD_CONNECT_USER": [f"user_{synced}"]}


async def test_partner_users_cannot_be_deleted(gateway: RunningGateway):  # D2
    viewer = gateway.data("{ viewer { account { id } user { id } } }")["viewer"]
    given = {"accountId": viewer["account"]["id"], "target": {"all": True}, "confirmation": "delete", "dryRun": True}
    query = """mutation ($input: DeleteUsersInput!) { deleteUsers(input: $input) {
      outcome { changed skipped { reason } } userErrors { code } } }"""
    outcome = gateway.data(query, {"input": given})["deleteUsers"]["outcome"]
    assert outcome == {"changed": 0, "skipped": [{"reason": "PARTNER_USER"}]}


async def test_a_partner_can_delete_the_last_admin(gateway: RunningGateway, account: FreshAccount):  # A2
    assert numbers(delete(gateway, account, ids(account.admin))) == (1, 1, 0, {})


async def test_an_admin_who_is_none_any_more_cannot_delete_the_last_one(
    gateway: RunningGateway, open_fresh: Any
):  # A2: the right was there when the request came, and the rule is asked when its turn has come
    account = await open_fresh(admins=2)
    other = await account.value("SELECT id FROM users WHERE account_id = $1 AND id <> $2", account.admin)
    async with account.sql.transaction():
        # Holds the account's turn, so that the request waits with the right it came with.
        await account.sql.fetch("SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account.id)
        await account.sql.execute("UPDATE users SET role = 'USER' WHERE id = $1", account.admin)
        waiting = asyncio.create_task(asyncio.to_thread(delete, gateway, account, ids(other), who=account.admin))
        await account.somebody_waits()
    assert numbers(await waiting) == (1, 0, 0, {"LAST_ADMIN": 1})


@pytest.mark.parametrize(
    ("lost", "code"),
    [
        ("UPDATE users SET role = 'USER' WHERE id = $1", "FORBIDDEN"),
        ("DELETE FROM users WHERE id = $1", "UNAUTHENTICATED"),
    ],
    ids=["demoted", "deleted"],
)
async def test_an_admin_who_lost_the_right_while_waiting_for_a_turn_is_refused(
    gateway: RunningGateway, open_fresh: Any, lost: str, code: str
):  # P6
    account = await open_fresh(admins=2)
    other = await account.value("SELECT id FROM users WHERE account_id = $1 AND id <> $2", account.admin)
    given = {"accountId": account.node, "target": ids(other), "confirmation": "delete"}
    async with account.sql.transaction():
        await account.sql.fetch("SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE", account.id)
        await account.sql.execute(lost, account.admin)
        waiting = asyncio.create_task(
            asyncio.to_thread(gateway.code, mutation("deleteUsers"), {"input": given}, who=account.admin)
        )
        await account.somebody_waits()
        await asyncio.sleep(RIGHTS_LAST.total_seconds())
    assert await waiting == code
    assert await account.value("SELECT count(*) FROM users WHERE id = $2 AND account_id = $1", other) == 1
