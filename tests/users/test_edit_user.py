"""Editing users (U1, U2, U3, U6, U8, U9)."""

from typing import Any

import pytest

from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway

EDIT = """mutation ($input: EditUserInput!) { editUser(input: $input) {
  user { id name firstName lastName email mobile version } overwrittenOnNextSync
  userErrors { __typename code path ... on VersionConflictError { current { name version } } } } }"""


def edit(gateway: RunningGateway, user: str, *, who: str = PARTNER, **fields: Any) -> Any:
    return gateway.data(EDIT, {"input": {"userId": f"user_{user}"} | fields}, who=who)["editUser"]


def refusals(payload: Any) -> list[tuple[str, str]]:
    assert payload["user"] is None
    return [(error["code"], ".".join(error["path"])) for error in payload["userErrors"]]


async def test_changes_what_is_given_clears_what_is_null_and_leaves_the_rest(
    gateway: RunningGateway, account: FreshAccount
):
    user = await account.add_user("Ada", "ada@acme.example", first_name="Ada", last_name="Byron", mobile="+14155550100")
    edited = edit(gateway, user, who=account.admin, lastName="Lovelace", mobile=None)
    assert edited["userErrors"] == []
    assert edited["user"] == {
        "id": f"user_{user}",
        "name": "Ada",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "email": "ada@acme.example",
        "mobile": None,
        "version": 2,
    }
    (entry,) = await account.rows("SELECT action, changes::text FROM audit_events WHERE account_id = $1")
    assert entry["changes"] == (
        '{"mobile": {"after": null, "before": "+14155550100"}, "lastName": {"after": "Lovelace", "before": "Byron"}}'
    )


async def test_an_edit_is_found_by_the_search_at_once(gateway: RunningGateway, account: FreshAccount):  # F3
    user = await account.add_user("Ada", "ada@acme.example")
    edit(gateway, user, name="Żaneta")
    query = 'query ($account: ID!) { users(accountId: $account, search: "zaneta") { nodes { id } } }'
    assert gateway.data(query, {"account": account.node})["users"]["nodes"] == [{"id": f"user_{user}"}]


async def test_what_is_as_it_was_changes_nothing(gateway: RunningGateway, account: FreshAccount):
    user = await account.add_user("Ada", "ada@acme.example")
    before = await account.traces()
    assert edit(gateway, user, name="Ada", email="ada@acme.example")["user"]["version"] == 1
    assert await account.traces() == before


@pytest.mark.parametrize(
    ("source", "fields", "locked"),
    [
        ("SCIM", {"name": "X", "mobile": "+14155550100"}, ["name", "mobile"]),
        ("PBX", {"firstName": "X", "email": "x@acme.example"}, ["firstName", "email"]),
        ("MICLOUD_CONNECT", {"lastName": "X"}, ["lastName"]),
    ],
)
async def test_fields_of_the_source_are_locked(
    gateway: RunningGateway, account: FreshAccount, source: str, fields: dict[str, Any], locked: list[str]
):  # U6
    user = await account.add_user("Ada", source=source)
    before = await account.traces()
    assert refusals(edit(gateway, user, **fields)) == [("FIELD_LOCKED_BY_SOURCE", field) for field in locked]
    assert await account.traces() == before


async def test_a_locked_field_may_be_given_as_it_stands(gateway: RunningGateway, account: FreshAccount):  # U6
    user = await account.add_user("Ada", "ada@acme.example", source="PBX")
    edited = edit(gateway, user, name="Ada", email="ada@acme.example", mobile="+14155550100")
    assert edited["user"]["mobile"] == "+14155550100"
    assert edited["overwrittenOnNextSync"] == ["MOBILE"]


@pytest.mark.parametrize("source", ["IMPORT", "PBX"])
async def test_a_form_sends_back_what_a_source_has_written_its_own_way(
    gateway: RunningGateway, account: FreshAccount, source: str
):  # U6
    written = {"name": "Ada ", "firstName": "Ame\u0301lie", "email": "ada@PBX.local"}
    columns = {"first_name": written["firstName"], "source": source}
    user = await account.add_user(written["name"], written["email"], **columns)
    edited = edit(gateway, user, **written, mobile="+14155550100")
    stored = await account.sql.fetchrow("SELECT given_name, first_name, email, mobile FROM users WHERE id = $1", user)
    assert edited["userErrors"] == []
    assert [*stored] == [*written.values(), "+14155550100"]


@pytest.mark.parametrize("source", ["CONSOLE", "PBX"])
async def test_a_form_sends_back_the_name_that_it_shows(
    gateway: RunningGateway, account: FreshAccount, source: str
):  # U1, U6
    columns = {"first_name": "Ada", "last_name": "Byron", "source": source}
    user = await account.add_user(email="ada@acme.example", **columns)
    edited = edit(gateway, user, name=" Ada Byron ", email="ada@ACME.example", firstName="Ada ", mobile="+14155550100")
    assert edited["user"]["mobile"] == "+14155550100"
    assert await account.value("SELECT given_name FROM users WHERE account_id = $1 AND id = $2", user) is None


async def test_the_name_that_is_shown_stays_where_those_it_was_joined_of_go(
    gateway: RunningGateway, account: FreshAccount
):  # U1
    user = await account.add_user(first_name="Ada", last_name="Byron")
    edited = edit(gateway, user, name="Ada Byron", firstName="\N{ZERO WIDTH SPACE}", lastName=" ")
    assert edited["userErrors"] == []
    stored = await account.sql.fetchrow("SELECT given_name, first_name, last_name FROM users WHERE id = $1", user)
    assert [*stored] == ["Ada Byron", None, None]


async def test_nothing_is_overwritten_for_a_user_of_the_console(gateway: RunningGateway, account: FreshAccount):  # U6
    assert edit(gateway, await account.add_user(), mobile="+14155550100")["overwrittenOnNextSync"] == []


async def test_another_version_is_a_conflict_with_the_user_as_it_stands(
    gateway: RunningGateway, account: FreshAccount
):  # U8
    user = await account.add_user("Ada")
    edit(gateway, user, name="Ada B")
    before = await account.traces()
    payload = edit(gateway, user, name="Ada C", ifVersion=1)
    assert payload["userErrors"] == [
        {
            "__typename": "VersionConflictError",
            "code": "VERSION_CONFLICT",
            "path": ["ifVersion"],
            "current": {"name": "Ada B", "version": 2},
        }
    ]
    assert await account.traces() == before
    assert edit(gateway, user, name="Ada C", ifVersion=2)["user"]["version"] == 3
    assert edit(gateway, user, name="Ada D")["user"]["name"] == "Ada D"


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"name": None}, [("NAME_REQUIRED", "name")]),
        ({"email": None}, [("INVALID_EMAIL", "email")]),
        ({"email": "x"}, [("INVALID_EMAIL", "email")]),
        ({"mobile": "1"}, [("INVALID_MOBILE", "mobile")]),
        ({"lastName": "x" * 201}, [("TOO_LONG", "lastName")]),
    ],
)
async def test_refuses_what_cannot_be_taken(
    gateway: RunningGateway, account: FreshAccount, fields: dict[str, Any], refused: list[tuple[str, str]]
):  # U1, U2, U3
    user = await account.add_user("Ada")
    before = await account.traces()
    assert refusals(edit(gateway, user, **fields)) == refused
    assert await account.traces() == before


async def test_refuses_the_address_of_somebody_else(gateway: RunningGateway, account: FreshAccount):  # U2
    await account.add_user("Ada", "ada@acme.example")
    user = await account.add_user("Bob", "bob@acme.example")
    before = await account.traces()
    assert refusals(edit(gateway, user, email="ADA@acme.example")) == [("EMAIL_TAKEN", "email")]
    assert await account.traces() == before
    assert edit(gateway, user, email="BOB@acme.example")["user"]["email"] == "BOB@acme.example"


async def test_a_new_address_ends_sessions_and_voids_links(gateway: RunningGateway, account: FreshAccount):  # U9
    user = await account.add_user("Ada", "ada@acme.example", status="REGISTERED")
    sql = account.sql
    await sql.execute("INSERT INTO sessions (user_id, expires_at) VALUES ($1, now() + interval '1 day')", user)
    await account.add_link(user, "PASSWORD_RESET")
    left = "SELECT (SELECT count(*) FROM sessions WHERE user_id = $1) + (SELECT count(*) FROM links WHERE user_id = $1)"
    edit(gateway, user, name="Ada B")
    assert await sql.fetchval(left, user) == 2
    edit(gateway, user, email="ada.b@acme.example")
    assert await sql.fetchval(left, user) == 0


async def test_nothing_is_edited_on_a_deactivated_account(gateway: RunningGateway, open_fresh: Any):  # P5
    account = await open_fresh(is_active=False)
    before = await account.traces()
    assert refusals(edit(gateway, account.admin, name="X")) == [("ACCOUNT_DEACTIVATED", "")]
    assert await account.traces() == before
