"""What takes mails away, and how it says that it does not.

Undelivered
  Refused       this mail is not taken; others may be
  Unreachable   no mail is taken at the moment
"""

import re
import unicodedata
from email.message import EmailMessage
from typing import Final, Protocol

_LONGEST_REASON: Final = 300
# A server that refuses a mail for what is in it may quote that: no token may reach the log (M5).
_LIKE_A_TOKEN: Final = re.compile(r"[\w-]{40,}")


class Undelivered(Exception):  # noqa: N818 - a state of the world that is expected, and noted
    """A mail was not taken; the reason is fit for the log."""

    def __init__(self, reason: str) -> None:
        plain = "".join(" " if unicodedata.category(letter).startswith("C") else letter for letter in reason)
        self.reason = _LIKE_A_TOKEN.sub("...", plain)[:_LONGEST_REASON]
        super().__init__(self.reason)


class Refused(Undelivered):
    """This mail was not taken, now or for good."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


class Unreachable(Undelivered):
    """Nobody is there who could take mails, or who does so for this sender."""


class Transport(Protocol):
    """Takes one mail at a time."""

    async def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand a mail over. Raises Refused, Unreachable."""

    async def close(self) -> None:
        """Say goodbye."""
