"""The sending of mails to many people."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from domain.users import UserStatus


class MailKind(StrEnum):
    """What a mail is for."""

    WELCOME = "WELCOME"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - no password


class MailState(StrEnum):
    """Where a mail is: still to be sent, taken by the mail server, or given up (M6)."""

    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"


LINK_LIFETIMES: dict[MailKind, timedelta] = {
    MailKind.WELCOME: timedelta(days=7),
    MailKind.PASSWORD_RESET: timedelta(hours=1),
}
"""How long a link works, from the sending of its mail on (M1, M2)."""

PAUSES: tuple[timedelta, ...] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=2),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=8),
)
"""How long a mail waits after each try that failed: a day in all (M6)."""

RECIPIENT_STATUS: dict[MailKind, UserStatus] = {
    MailKind.WELCOME: UserStatus.UNREGISTERED,
    MailKind.PASSWORD_RESET: UserStatus.REGISTERED,
}
"""Whom a mail of each kind, and the link in it, is for (M1, M2)."""


class Mailing(Struct, frozen=True):
    """How far the sending of the mails of one action has come; `total` is the sum of the three other numbers."""

    id: str
    account_id: str
    kind: MailKind
    total: int
    sent: int
    failed: int
    created_at: datetime
    finished_at: datetime | None

    @property
    def pending(self) -> int:
        """How many are neither sent nor given up."""
        return self.total - self.sent - self.failed


class Recipient(Struct, frozen=True):
    """Somebody a mail goes to, as they and their account stand at the moment of sending."""

    name: str
    email: str
    status: UserStatus
    account_name: str
    account_is_active: bool


class DueMail(Struct, frozen=True):
    """A mail that one gateway has taken on itself to send now; `attempts` counts this one.

    `recipient` is None where the user is gone. `more_are_due` tells of other mails of the same mailing, `has_newer` of
    another one of this kind to the same user, promised later and still to be sent.
    """

    id: str
    mailing_id: str
    account_id: str
    user_id: str
    kind: MailKind
    message_id: str
    attempts: int
    recipient: Recipient | None
    more_are_due: bool
    has_newer: bool


def goes_to(kind: MailKind, recipient: Recipient) -> bool:
    """Tell whether a mail still makes sense: much may have happened since it was promised (M1, M2, D3, P5)."""
    return recipient.account_is_active and recipient.status is RECIPIENT_STATUS[kind]


def pause_after(attempts: int) -> timedelta | None:
    """Tell how long a mail waits after so many tries, or None where it is given up (M6)."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
