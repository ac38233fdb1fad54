"""A promised mail arrives, once, and says what it should (U4, M1, M2, M6)."""

from hashlib import sha256

from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway
from tests.mails.conftest import LINK_BASE, Working, until
from tests.mails.post_offices import PostOffice

CREATE = """mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } userErrors { code } } }"""


def create(gateway: RunningGateway, account: FreshAccount, email: str, name: str = "Ada Byron") -> str:
    """Add a user as people do, and give the id in the database."""
    given = {"accountId": account.node, "name": name, "email": email}
    user = gateway.data(CREATE, {"input": given}, who=PARTNER)["createUser"]["user"]
    return str(user["id"]).removeprefix("user_")


async def test_a_created_users_welcome_mail_arrives(
    gateway: RunningGateway, account: FreshAccount, post_office: PostOffice, working: Working
):  # U4, M2
    user = create(gateway, account, "ada@acme.example")
    async with working():
        await until(lambda: len(post_office.taken) == 1)
        await until(lambda: account.value("SELECT finished_at IS NOT NULL FROM mailings WHERE account_id = $1"))
    (mail,) = post_office.taken
    assert mail.sender == "accounts@console.example"
    assert mail.recipients == ["ada@acme.example"]
    assert f"{LINK_BASE}/register#token={mail.token}" in mail.body("html")
    (link,) = await account.sql.fetch("SELECT * FROM links WHERE user_id = $1", user)
    assert link["token_hash"] == sha256(mail.token.encode()).digest()
