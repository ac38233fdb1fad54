"""What subscriptions tell of, each event about one thing with an id."""

from typing import TypeAlias

from domain.licenses import LicenseCount
from domain.mailings import Mailing
from domain.user_changes import UserChange

Event: TypeAlias = LicenseCount | Mailing | UserChange


def joined(earlier: Event | None, later: Event) -> Event:
    """Make one event of two about the same thing, for a reader who has had neither yet (S4)."""
    if isinstance(later, UserChange) and isinstance(earlier, UserChange):
        return later.after(earlier)
    return later
