"""The admin toggle (A1, A2, A3)."""

from typing import Any

import pytest

from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway

TOGGLE = """mutation ($input: ToggleAdminInput!) { toggleAdmin(input: $input) {
  user { id role isAccountAdmin version } userErrors { code path } } }"""


def toggle(gateway: RunningGateway, user: str, *, to: bool, who: str = PARTNER) -> Any:
    given = {"userId": f"user_{user}", "isAccountAdmin": to}
    return gateway.data(TOGGLE, {"input": given}, who=who)["toggleAdmin"]


def refusals(payload: Any) -> list[tuple[str, str]]:
    assert payload["user"] is None
    return [(error["code"], ".".join(error["path"])) for error in payload["userErrors"]]


@pytest.mark.parametrize("source", ["CONSOLE", "IMPORT", "SCIM", "PBX", "MICLOUD_CONNECT"])
async def test_is_set_and_cleared_whatever_the_source(
    gateway: RunningGateway, account: FreshAccount, source: str
):  # A1, A3
    user = await account.add_user(source=source, status="REGISTERED")
    assert toggle(gateway, user, to=True, who=account.admin)["user"]["role"] == "ACCOUNT_ADMIN"
    assert toggle(gateway, user, to=False, who=account.admin)["user"]["isAccountAdmin"] is False
    rows = await account.rows("SELECT action, changes::text FROM audit_events WHERE account_id = $1 ORDER BY at")
    assert [row["changes"] for row in rows] == [
        '{"role": {"after": "ACCOUNT_ADMIN", "before": "USER"}}',
        '{"role": {"after": "USER", "before": "ACCOUNT_ADMIN"}}',
    ]


@pytest.mark.parametrize("to", [True, False], ids=["on", "off"])
async def test_a_retry_changes_nothing(gateway: RunningGateway, account: FreshAccount, to: bool):  # noqa: FBT001
    user = await account.add_user()
    toggle(gateway, user, to=to)
    before = await account.traces()
    assert toggle(gateway, user, to=to)["user"]["isAccountAdmin"] is to
    assert await account.traces() == before


async def test_the_last_admin_stays_one_unless_the_partner_says_so(
    gateway: RunningGateway, account: FreshAccount
):  # A2
    before = await account.traces()
    assert refusals(toggle(gateway, account.admin, to=False, who=account.admin)) == [("LAST_ADMIN", "userId")]
    assert await account.traces() == before
    assert toggle(gateway, account.admin, to=False)["user"]["role"] == "USER"


async def test_an_inactive_admin_does_not_count(gateway: RunningGateway, account: FreshAccount):  # A2
    off = await account.add_user(
        role="ACCOUNT_ADMIN", status="INACTIVE", inactive_reason="DEACTIVATED_BY_SOURCE", source="SCIM"
    )
    assert refusals(toggle(gateway, account.admin, to=False, who=account.admin)) == [("LAST_ADMIN", "userId")]
    assert toggle(gateway, off, to=False, who=account.admin)["user"]["role"] == "USER"


async def test_not_on_a_partner_user(gateway: RunningGateway):  # A1
    own = gateway.data("{ viewer { user { id } } }")["viewer"]["user"]["id"].removeprefix("user_")
    for to in (True, False):
        assert refusals(toggle(gateway, own, to=to)) == [("PARTNER_USER", "userId")]


async def test_what_it_grants_and_takes_holds_at_once(gateway: RunningGateway, account: FreshAccount):  # P6
    user = await account.add_user(status="REGISTERED")
    query = "{ accounts { totalCount } }"
    assert gateway.code(query, who=user) == "FORBIDDEN"
    toggle(gateway, user, to=True)
    assert gateway.data(query, who=user)["accounts"]["totalCount"] == 1
    toggle(gateway, user, to=False)
    assert gateway.code(query, who=user) == "FORBIDDEN"


async def test_what_follows_in_the_document_is_for_the_plain_user_that_one_has_made_oneself(
    gateway: RunningGateway, account: FreshAccount
):  # P6
    for _ in range(2):
        await account.add_user(role="ACCOUNT_ADMIN", status="REGISTERED")
    off = """mutation ($user: ID!) { toggleAdmin(input: { userId: $user, isAccountAdmin: false }) {
      user { role viewerCan { edit { allowed reason } } } } }"""
    assert gateway.data(off, {"user": f"user_{account.admin}"}, who=account.admin)["toggleAdmin"]["user"] == {
        "role": "USER",
        "viewerCan": {"edit": {"allowed": False, "reason": "FORBIDDEN"}},
    }

    other = await account.add_user(role="ACCOUNT_ADMIN", status="REGISTERED")
    both = """mutation ($user: ID!, $account: ID!) {
      toggleAdmin(input: { userId: $user, isAccountAdmin: false }) { userErrors { code } }
      createUser(input: { accountId: $account, name: "Ada", email: "ada@acme.example" }) { userErrors { code } } }"""
    variables = {"user": f"user_{other}", "account": account.node}
    assert gateway.code(both, variables, who=other) == "FORBIDDEN"
    assert await account.value("SELECT count(*) FROM users WHERE account_id = $1 AND email LIKE 'ada@%'") == 0
