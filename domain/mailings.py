"""The sending of mails to many people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MailKind(StrEnum):
    """What a mail is for."""

    WELCOME = "WELCOME"
    PASSWORD_RESET = "PASSWORD_RESET"  # noqa: S105 - no password


class MailState(StrEnum):
    """Where a mail is: still to be sent, taken by the mail server, or given up (M6)."""

    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Mailing:
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
