"""Adding users (U1, U2, U3, U4, U5)."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.accounts import FreshAccount
from tests.conftest import PARTNER, PLAIN_USER, RunningGateway

CREATE = """mutation ($input: CreateUserInput!) { createUser(input: $input) {
  user { id name firstName lastName email mobile role status source version account { id } }
  userErrors { __typename code message path } } }"""


def create(gateway: RunningGateway, account: FreshAccount, *, who: str = PARTNER, **fields: Any) -> Any:
    given = {"accountId": account.node, "name": "Ada Byron", "email": "ada@acme.example"} | fields
    return gateway.data(CREATE, {"input": given}, who=who)["createUser"]


def refusals(payload: Any) -> list[tuple[str, str]]:
    assert payload["user"] is None
    return [(error["code"], ".".join(error["path"])) for error in payload["userErrors"]]


@pytest.mark.parametrize("by", ["admin", "partner"])
async def test_adds_a_user_and_promises_the_welcome_mail(
    gateway: RunningGateway, account: FreshAccount, by: str
):  # U4, P1, P2
    payload = create(gateway, account, who=account.admin if by == "admin" else PARTNER, mobile="+1 415 555 0100")
    assert payload["userErrors"] == []
    user = payload["user"]
    assert user["account"]["id"] == account.node
    assert (user["name"], user["email"], user["mobile"]) == ("Ada Byron", "ada@acme.example", "+14155550100")
    assert (user["role"], user["status"], user["source"], user["version"]) == ("USER", "UNREGISTERED", "CONSOLE", 1)
    mails = await account.rows(
        "SELECT mails.user_id, mails.kind::text FROM mails JOIN mailings"
        " ON mailings.id = mailing_id WHERE account_id = $1"
    )
    assert [f"user_{mail['user_id']} {mail['kind']}" for mail in mails] == [f"{user['id']} WELCOME"]


async def test_writes_down_who_did_what(gateway: RunningGateway, account: FreshAccount):  # O1
    user = create(gateway, account, who=account.admin)["user"]
    (entry,) = await account.rows("SELECT *, changes::text AS json FROM audit_events WHERE account_id = $1")
    assert (entry["actor_id"], entry["actor_name"], entry["action"]) == (account.admin, "Admin 0", "createUser")
    assert (f"user_{entry['subject_id']}", entry["subject_name"]) == (user["id"], "Ada Byron")
    assert '"email": {"after": "ada@acme.example", "before": null}' in entry["json"]
    (change,) = await account.rows("SELECT kind::text, user_ids FROM user_changes WHERE account_id = $1")
    assert (change["kind"], [f"user_{one}" for one in change["user_ids"]]) == ("CREATED", [user["id"]])


async def test_sends_no_mail_when_told_so(gateway: RunningGateway, account: FreshAccount):  # U4
    assert create(gateway, account, sendWelcomeEmail=False)["user"]
    assert await account.value("SELECT count(*) FROM mailings WHERE account_id = $1") == 0


async def test_makes_an_account_admin(gateway: RunningGateway, account: FreshAccount):  # U5
    assert create(gateway, account, isAccountAdmin=True)["user"]["role"] == "ACCOUNT_ADMIN"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"name": "  José  "}, "José"),
        ({"name": None, "firstName": "Ada", "lastName": "Byron"}, "Ada Byron"),
        ({"name": " ", "lastName": "Byron"}, "Byron"),
        ({"name": "Jose\u0301"}, "José"),
        ({"name": "王芳", "firstName": "芳"}, "王芳"),
        ({"name": "Eve\r\nBcc: x@y.example"}, "Eve  Bcc: x@y.example"),
        ({"name": "abc\u202edef\u0000"}, "abcdef"),
    ],
)
async def test_shows_the_name_as_people_gave_it(
    gateway: RunningGateway, account: FreshAccount, fields: dict[str, Any], shown: str
):  # U1
    assert create(gateway, account, **fields)["user"]["name"] == shown


@pytest.mark.parametrize("letter", ["\ufdfa", "\U0001f600", "王", "x"])
async def test_takes_names_as_long_as_they_may_be(gateway: RunningGateway, account: FreshAccount, letter: str):
    """Some letters fold to eighteen, and emoji have four bytes: all has to fit into the indexes."""
    names = {"name": letter * 200, "firstName": f"{letter}a" * 100, "lastName": f"b{letter}" * 100}
    assert create(gateway, account, **names)["user"]["name"] == letter * 200
    query = "query ($id: ID!, $text: String) { users(accountId: $id, search: $text) { totalCount } }"
    assert gateway.data(query, {"id": account.node, "text": letter * 3})["users"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"name": " ", "firstName": "\u0000"}, [("NAME_REQUIRED", "name")]),
        ({"email": "ada"}, [("INVALID_EMAIL", "email")]),
        ({"email": "ada@acme.example\r\nBcc: eve@acme.example"}, [("INVALID_EMAIL", "email")]),
        ({"email": "a\u0000@acme.example"}, [("INVALID_EMAIL", "email")]),
        ({"email": f"{'a' * 65}@acme.example"}, [("INVALID_EMAIL", "email")]),
        ({"email": f"{'a' * 255}@acme.example"}, [("TOO_LONG", "email")]),
        ({"mobile": "12345"}, [("INVALID_MOBILE", "mobile")]),
        ({"mobile": "+1 800 FLOWERS"}, [("INVALID_MOBILE", "mobile")]),
        ({"mobile": "++14155550100"}, [("INVALID_MOBILE", "mobile")]),
        ({"name": "\u200b\u2060", "firstName": "\ufeff"}, [("NAME_REQUIRED", "name")]),
        ({"name": "\u3164", "firstName": "\u2800 \ufe0f"}, [("NAME_REQUIRED", "name")]),
        ({"name": "x" * 10_000}, [("TOO_LONG", "name")]),
        ({"firstName": "x" * 201}, [("TOO_LONG", "firstName")]),
        ({"email": "", "mobile": "x"}, [("INVALID_EMAIL", "email"), ("INVALID_MOBILE", "mobile")]),
    ],
)
async def test_refuses_what_cannot_be_taken_and_leaves_nothing(
    gateway: RunningGateway, account: FreshAccount, fields: dict[str, Any], refused: list[tuple[str, str]]
):  # U1, U2, U3
    before = await account.traces()
    assert refusals(create(gateway, account, **fields)) == refused
    assert await account.traces() == before


async def test_refuses_an_address_in_use_whatever_its_case(gateway: RunningGateway, account: FreshAccount):  # U2
    assert create(gateway, account)["user"]
    before = await account.traces()
    payload = create(gateway, account, email="ADA@Acme.Example")
    assert refusals(payload) == [("EMAIL_TAKEN", "email")]
    assert payload["userErrors"][0]["message"] == "One or more of the attribute values are already in use"
    assert await account.traces() == before


async def test_an_address_may_stand_in_several_accounts(gateway: RunningGateway, open_fresh: Any):
    for account in (await open_fresh(), await open_fresh()):
        assert create(gateway, account)["user"]


async def test_of_many_at_once_one_gets_the_address(gateway: RunningGateway, account: FreshAccount):  # U2
    given = {"accountId": account.node, "name": "Ada", "email": "ada@acme.example"}
    headers = {"authorization": f"Bearer {gateway.token(PARTNER)}"}
    async with httpx.AsyncClient(timeout=30) as client:
        asked = [
            client.post(
                f"{gateway.url}/graphql", json={"query": CREATE, "variables": {"input": given}}, headers=headers
            )
            for _ in range(20)
        ]
        answers = [answer.json()["data"]["createUser"] for answer in await asyncio.gather(*asked)]
    assert sum(answer["user"] is not None for answer in answers) == 1
    assert {error["code"] for answer in answers for error in answer["userErrors"]} == {"EMAIL_TAKEN"}


async def test_nothing_is_written_on_a_deactivated_account(gateway: RunningGateway, open_fresh: Any):  # P5
    account = await open_fresh(is_active=False)
    before = await account.traces()
    assert refusals(create(gateway, account)) == [("ACCOUNT_DEACTIVATED", "")]
    assert await account.traces() == before


async def test_a_plain_user_may_not(gateway: RunningGateway, account: FreshAccount):  # P3
    given = {"accountId": account.node, "name": "Ada", "email": "ada@acme.example"}
    assert gateway.code(CREATE, {"input": given}, who=PLAIN_USER) == "FORBIDDEN"


async def test_a_partner_account_has_no_account_admins(gateway: RunningGateway):  # A1
    own = gateway.data("{ viewer { account { id } } }")["viewer"]["account"]["id"]
    given = {"accountId": own, "name": "Ada", "email": "ada@acme.example", "isAccountAdmin": True}
    payload = gateway.data(CREATE, {"input": given})["createUser"]
    assert refusals(payload) == [("PARTNER_USER", "isAccountAdmin")]
