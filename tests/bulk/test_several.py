"""Several mutations in one document: each answers with what it and those before it have made."""

from typing import Any

import pytest

from tests.accounts import FreshAccount
from tests.conftest import RunningGateway

SHOWN = """
  licenseCount { assigned account { licenseCounts { assigned } } }
  users { licenses { product { code } } account { users { totalCount nodes { id } } } }
  userErrors { code }
"""
LICENSES = f"""
mutation ($assign: BulkAssignLicensesInput!, $unassign: BulkUnassignLicensesInput!) {{
  one: bulkAssignLicenses(input: $assign) {{ {SHOWN} }}
  two: bulkUnassignLicenses(input: $unassign) {{ {SHOWN} }}
}}
"""
CREATE = """
mutation ($account: ID!) {
  one: createUser(input: { accountId: $account, name: "One", email: "one@new.example" }) { ...f }
  two: createUser(input: { accountId: $account, name: "Two", email: "two@new.example" }) { ...f }
}
fragment f on CreateUserPayload { user { account { users { totalCount nodes { id } } } } userErrors { code } }
"""


async def test_licenses_and_counts_are_those_after_each(gateway: RunningGateway, account: FreshAccount):
    product, user = await account.buy(), await account.add_user()
    given = {"accountId": account.node, "productId": f"product_{product}", "target": {"ids": [f"user_{user}"]}}
    data = gateway.data(LICENSES, {"assign": given, "unassign": given})
    assert [_seen(data[name]) for name in ("one", "two")] == [(1, [1], 1), (0, [0], 0)]


async def test_a_dry_run_shows_what_would_be_and_is_over_before_the_next(
    gateway: RunningGateway, account: FreshAccount
):  # T4
    product, user = await account.buy(), await account.add_user()
    given = {"accountId": account.node, "productId": f"product_{product}", "target": {"ids": [f"user_{user}"]}}
    data = gateway.data(LICENSES, {"assign": given | {"dryRun": True}, "unassign": given})
    assert [_seen(data[name]) for name in ("one", "two")] == [(1, [1], 1), (0, [0], 0)]
    gateway.data(LICENSES, {"assign": given, "unassign": given | {"dryRun": True}})
    assert await account.value("SELECT assigned FROM license_counts WHERE account_id = $1") == 1
    left_open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    assert await account.sql.fetchval(left_open) == 0


@pytest.mark.parametrize(
    "edit",
    ['editUser(input: { userId: $user, name: "New" })', "toggleAdmin(input: { userId: $user, isAccountAdmin: true })"],
)
async def test_a_user_whose_deletion_was_a_dry_run_can_be_edited(
    gateway: RunningGateway, account: FreshAccount, edit: str
):  # T4
    user = await account.add_user()
    document = f"""
      mutation ($account: ID!, $user: ID!) {{
        one: deleteUsers(
          input: {{ accountId: $account, target: {{ ids: [$user] }}, confirmation: "delete", dryRun: true }}
        ) {{ deletedUserIds userErrors {{ code }} }}
        two: {edit} {{ user {{ id }} userErrors {{ code }} }}
      }}
    """
    variables = {"account": account.node, "user": f"user_{user}"}
    data = gateway.data(document, variables)
    assert data["one"] == {"deletedUserIds": [f"user_{user}"], "userErrors": []}
    assert data["two"] == {"user": {"id": f"user_{user}"}, "userErrors": []}


async def test_users_are_those_after_each(gateway: RunningGateway, account: FreshAccount):
    data = gateway.data(CREATE, {"account": account.node})
    lists = [data[name]["user"]["account"]["users"] for name in ("one", "two")]
    assert [(users["totalCount"], len(users["nodes"])) for users in lists] == [(2, 2), (3, 3)]


def _seen(payload: Any) -> tuple[int, list[int], int]:
    """Give the count, that of the account, and how many licenses the user has."""
    assert payload["userErrors"] == []
    counts = [count["assigned"] for count in payload["licenseCount"]["account"]["licenseCounts"]]
    (user,) = payload["users"]
    return payload["licenseCount"]["assigned"], counts, len(user["licenses"])
