"""Each user who is created, changed or deleted is told, as it stands at that moment."""

from typing import Any

from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway, plain_sql
from tests.house.houses import Gateway
from tests.live.changes import log
from tests.live.conftest import Open, ring
from tests.live.locks import until_waiting
from tests.live.sockets import Client, Told

CHANGES = (
    """subscription ($account: ID!) { userChanges(accountId: $account) { kind userId user { name role version } } }"""
)
CAPABLE = """subscription ($account: ID!) {
  userChanges(accountId: $account) { userId user { viewerCan { delete { reason } } } }
}"""
CREATE = """mutation ($account: ID!, $email: String!) {
  createUser(input: { accountId: $account, name: "New", email: $email, sendWelcomeEmail: false }) { user { id } }
}"""
EDIT = "mutation ($user: ID!, $name: String) { editUser(input: { userId: $user, name: $name }) { user { version } } }"
TOGGLE = "mutation ($user: ID!) { toggleAdmin(input: { userId: $user, isAccountAdmin: true }) { user { role } } }"


async def watch(client: Client, account: FreshAccount, query: str = CHANGES) -> Told:
    """Watch the users of an account, from a moment on that has come when this returns."""
    told = await client.subscribe(query, {"account": account.node})
    counts = await client.subscribe(
        "subscription ($a: ID) { licenseCounts(accountId: $a) { id } }", {"a": account.node}
    )
    await client.until(lambda: bool(counts.events))
    return told


async def test_tells_what_mutations_do(
    gateway: RunningGateway, account: FreshAccount, open_client: Open, second: Gateway
):
    await account.buy()
    here, there = await open_client(account.admin), await open_client(PARTNER, second.address)
    at_here, at_there = await watch(here, account), await watch(there, account)

    made = gateway.data(CREATE, {"account": account.node, "email": f"new@{account.number}.example"})
    user = made["createUser"]["user"]["id"]
    await here.until(lambda: len(at_here.changes) == 1, 10)
    gateway.data(EDIT, {"user": user, "name": "Edited"})
    await here.until(lambda: len(at_here.changes) == 2, 10)
    gateway.data(TOGGLE, {"user": user})
    await here.until(lambda: len(at_here.changes) == 3, 10)
    await log(account, "DELETED", user.removeprefix("user_"))
    await there.until(lambda: at_there.changes[-1]["kind"] == "DELETED", 5)

    await here.until(lambda: len(at_here.changes) == 4, 5)
    assert at_here.changes == [
        {"kind": "CREATED", "userId": user, "user": {"name": "New", "role": "USER", "version": 1}},
        {"kind": "UPDATED", "userId": user, "user": {"name": "Edited", "role": "USER", "version": 2}},
        {"kind": "UPDATED", "userId": user, "user": {"name": "Edited", "role": "ACCOUNT_ADMIN", "version": 3}},
        {"kind": "DELETED", "userId": user, "user": None},
    ]


async def test_joins_what_became_of_one_user(account: FreshAccount, open_client: Open):
    await account.buy()
    client = await open_client(account.admin)
    told = await watch(client, account)
    kept, gone = await account.add_user("Kept"), await account.add_user("Gone")
    async with account.sql.transaction():
        await log(account, "CREATED", kept, gone)
        await log(account, "UPDATED", kept)
        await log(account, "DELETED", gone)
    await client.until(lambda: len(told.changes) == 2, 5)
    assert {change["userId"]: change["kind"] for change in told.changes} == {
        f"user_{kept}": "CREATED",
        f"user_{gone}": "DELETED",
    }


async def test_tells_of_thousands_of_users(gateway: RunningGateway, account: FreshAccount, open_client: Open, sql: Any):
    await account.buy()
    await sql.execute(
        "INSERT INTO users (account_id, given_name, name_key, email, email_key, search_text)"
        " SELECT $1, n::text, n::text, n || '@many.example', n || '@many.example', n::text"
        " FROM generate_series(1, 3500) AS n",
        account.id,
    )
    client = await open_client(account.admin)
    told = await watch(client, account)
    await ring(gateway, account, users=True)
    await client.until(lambda: len(told.changes) >= 3501, 60)
    assert len({change["userId"] for change in told.changes}) == len(told.changes) == 3501
    assert {change["kind"] for change in told.changes} == {"UPDATED"}
    assert all(change["user"] for change in told.changes)


async def test_who_joins_while_others_are_told_misses_nothing(
    gateway: RunningGateway, account: FreshAccount, open_client: Open
):
    product = await account.buy()
    users = [await account.add_user() for _ in range(3)]
    await account.give(product, *users)
    slow = CHANGES.replace("version", "version licenses { assignedAt }")
    first, late = await open_client(account.admin), await open_client(account.admin)
    told_first = await watch(first, account, slow)
    async with plain_sql(gateway) as other, other.transaction():
        await other.execute("LOCK TABLE licenses IN ACCESS EXCLUSIVE MODE")
        await log(account, "UPDATED", users[0])
        await until_waiting(other, 1)
        told_late = await watch(late, account, slow)
        await log(account, "UPDATED", users[1])
        await watch(late, account)  # for the account to be read anew
    await first.until(lambda: len(told_first.changes) == 2)
    await log(account, "UPDATED", users[2])
    for client, told in (first, told_first), (late, told_late):
        await client.until(lambda told=told: told.changes[-1]["userId"] == f"user_{users[2]}")  # type: ignore[misc]
        ids = [change["userId"] for change in told.changes]
        assert ids[-2:] == [f"user_{user}" for user in users[1:]]


async def test_says_to_each_viewer_what_that_viewer_can(
    gateway: RunningGateway, account: FreshAccount, open_client: Open
):
    await account.buy()
    other = await account.add_user("Other admin", role="ACCOUNT_ADMIN", status="REGISTERED")
    clients = [await open_client(account.admin), await open_client(other)]
    told = [await watch(client, account, CAPABLE) for client in clients]
    gateway.data(EDIT, {"user": f"user_{other}", "name": "Another name"})
    for client, one in zip(clients, told, strict=True):
        await client.until(lambda one=one: bool(one.events), 5)  # type: ignore[misc]
    reasons = [one.changes[0]["user"]["viewerCan"]["delete"]["reason"] for one in told]
    assert reasons == [None, "FORBIDDEN"]


async def test_writes_instants_as_queries_do(gateway: RunningGateway, account: FreshAccount, open_client: Open):
    await account.buy()
    user = await account.add_user("Ada")
    query = """subscription ($account: ID!) { userChanges(accountId: $account) {
      user { createdAt updatedAt registeredAt account { createdAt } } } }"""
    client = await open_client(account.admin)
    told = await watch(client, account, query)
    # The plan of an operation is written when it comes again.
    for count in range(1, 4):
        await log(account, "UPDATED", user)
        await ring(gateway, account)
        await client.until(lambda count=count: len(told.changes) == count)  # type: ignore[misc]
    asked = "query ($id: ID!) { user(id: $id) { createdAt updatedAt registeredAt account { createdAt } } }"
    stored = gateway.data(asked, {"id": f"user_{user}"})["user"]
    assert stored["createdAt"].endswith("Z")
    assert [change["user"] for change in told.changes] == [stored] * 3
