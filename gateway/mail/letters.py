"""Mails as people read them, composed from what others typed: nothing of that may become a header or markup."""

from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Final

from email_validator import EmailNotValidError, validate_email
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from msgspec import Struct

from domain.mailings import DueMail, MailKind, Recipient
from domain.text import one_line

_LONGEST_NAME: Final = 80
"""Characters of a name: more than a header needs, and fewer than a mail program balks at."""

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
)


class Letter(Struct, frozen=True):
    """What the mails of one kind say, and where their link leads."""

    subject: str
    template: str
    path: str


_LETTERS: Final = {
    MailKind.WELCOME: Letter("{account}: set up your account", "welcome", "/register"),
    MailKind.PASSWORD_RESET: Letter("{account}: reset your password", "password_reset", "/reset"),
}


def link_url(kind: MailKind, base: str, token: str) -> str:
    """Give the address of a link. The token is in its fragment, which browsers send to no server (M5)."""
    return f"{base}{_LETTERS[kind].path}#token={token}"


def reachable_address(email: str) -> str:
    """Give an address as mail servers take it: the domain in ASCII. Raises ValueError for one that is none."""
    try:
        found = validate_email(email, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError("this is no address") from error
    return found.ascii_email or found.normalized


def compose(mail: DueMail, recipient: Recipient, url: str, *, sender: str, now: datetime) -> EmailMessage:
    """Write a mail. Raises ValueError where its recipient has no address that mail can go to."""
    letter = _LETTERS[mail.kind]
    account, name = _shown(recipient.account_name), _shown(recipient.name)
    subject = letter.subject.format(account=_in_header(account))
    values = {"account": account, "name": name, "subject": subject, "url": url}
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _address(*parseaddr(sender))
    message["To"] = _address(_in_header(name), reachable_address(recipient.email))
    message["Subject"] = subject
    message["Date"] = now
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_TEMPLATES.get_template(f"{letter.template}.txt").render(values), cte="quoted-printable")
    html = _TEMPLATES.get_template(f"{letter.template}.html").render(values)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def _shown(name: str) -> str:
    """Cut a name to one line of sane length."""
    line = one_line(name)
    return line if len(line) <= _LONGEST_NAME else f"{line[: _LONGEST_NAME - 1]}…"


def _in_header(text: str) -> str:
    """Keep what looks like an encoded word (RFC 2047) from being read as one, line breaks in it included."""
    return text.replace("=?", "= ?")


def _address(name: str, email: str) -> Address:
    local, _, domain = email.rpartition("@")
    return Address(name, local, domain)
