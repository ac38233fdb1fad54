"""Names are hostile input: none becomes a header, markup, or a broken mail."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mailings import DueMail, MailKind, Recipient
from domain.text import one_line
from domain.users import UserStatus
from gateway.mail.letters import compose
from tests.accounts import FreshAccount
from tests.mails.conftest import Promises, Working
from tests.mails.post_offices import PostOffice

HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
URL = "https://console.example/register#token=abc"
HOSTILE = [
    "Eve\r\nBcc: x@y.example",
    "Eve\n\n<script>alert(1)</script>",
    "abc\u202edef",
    "😀" * 200,
    '"',
    'Ada "the\\" <eve@evil.example>, Byron',
    "<script>alert(1)</script>",
    "=?utf-8?q?=0D=0ABcc:_x@y.example?=",
    "{{ url }} {account} %s",
    "x" * 10_000,
    "Ünïcödé, Graf; von & zu (Rest) @ [home]",
    "王芳",
]


def read(name: str, account_name: str, email: str = "ada@acme.example") -> EmailMessage:
    """Compose a mail, and read it as its recipient does."""
    mail = DueMail(
        "a" * 32,
        "b" * 32,
        "c" * 32,
        "d" * 32,
        MailKind.WELCOME,
        "<a@console.example>",
        attempts=1,
        recipient=None,
        more_are_due=False,
        has_newer=False,
    )
    recipient = Recipient(name, email, UserStatus.UNREGISTERED, account_name, account_is_active=True)
    message = compose(mail, recipient, URL, sender="Accounts <a@console.example>", now=datetime.now(UTC))
    return message_from_bytes(message.as_bytes(), policy=policy.default)


def check(message: EmailMessage, name: str) -> None:
    """Hold a mail to what every mail is, whatever the names in it are."""
    assert message.keys() == HEADERS
    (address,) = message["To"].addresses
    assert address.addr_spec == "ada@acme.example"
    assert address.display_name.replace(" ", "").startswith(one_line(name)[:79].replace(" ", ""))
    assert message["From"] == "Accounts <a@console.example>"
    assert not message.defects
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().splitlines().count(URL) == 1
    assert html.get_content().count(f'href="{URL}"') == 2
    assert "<script" not in html.get_content()


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_a_mail(name: str):
    check(read(name, "Acme"), name)
    check(read("Ada", name), "Ada")


TEXTS = st.lists(st.text(max_size=20) | st.sampled_from(["=?utf-8?q?", "=0D=0ABcc:", "?=", '"', "\r\n", "<"])).map(
    "".join
)


@given(name=TEXTS, account_name=TEXTS)
def test_no_text_at_all_breaks_a_mail(name: str, account_name: str):
    message = read(name, account_name)
    assert message.keys() == HEADERS
    (address,) = message["To"].addresses
    assert address.addr_spec == "ada@acme.example"


@pytest.mark.parametrize(
    ("email", "shown"), [("ada@bücher.example", "ada@xn--bcher-kva.example"), ("ada@acme.example", "ada@acme.example")]
)
def test_addresses_go_as_mail_servers_take_them(email: str, shown: str):
    assert read("Ada", "Acme", email)["To"].addresses[0].addr_spec == shown


@pytest.mark.parametrize("email", ["ada", "ada@acme.example\r\nBcc: x@y.example", "", "a b@acme.example", "<x>@y"])
def test_what_is_no_address_is_refused(email: str):
    with pytest.raises(ValueError, match="no address"):
        read("Ada", "Acme", email)


async def test_hostile_names_arrive_and_hostile_addresses_are_given_up(
    account: FreshAccount, promises: Promises, post_office: PostOffice, working: Working
):
    named = [name.replace("\x00", "") for name in HOSTILE]
    for place, name in enumerate(named):
        await account.add_user(name, f"{place}@acme.example")
    await account.add_user("Eve", "eve@acme.example>\r\nRCPT TO:<x@y.example")
    await account.sql.execute("UPDATE accounts SET name = $2 WHERE id = $1", account.id, 'A\r\nBcc: "x" <b>&')
    await promises.mails_to_all()
    async with working():
        await promises.come_to(SENT=len(named), FAILED=1)
    recipients = sorted(mail.recipients for mail in post_office.taken)
    assert recipients == sorted([f"{place}@acme.example"] for place in range(len(named)))
    for mail in post_office.taken:
        assert mail.message.keys()[-len(HEADERS) :] == HEADERS
        assert mail.message["Subject"] == 'A  Bcc: "x" <b>&: set up your account'
        assert "<b>" not in mail.body("html")
