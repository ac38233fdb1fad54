"""Who is asking, and how far their sight reaches."""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from domain.refusals import Forbidden
from domain.users import Role, User

RIGHTS_LAST: Final = timedelta(seconds=1)
"""For how long what was looked up of a viewer's rights may be relied on (P6)."""


class Scope(Struct, frozen=True):
    """The accounts that somebody administers: this one and, where it is a partner account, its customers (P1, P2).

    Every statement that reads accounts or what belongs to them takes a scope, so that tenancy cannot be forgotten.
    """

    account_id: str


class Viewer(Struct, frozen=True):
    """The signed-in user, looked up within the last second (P6); `expires_at` is when the token stops working.

    A token that was not made by signing in has no session.
    """

    user: User
    expires_at: datetime
    session_id: str | None

    @property
    def role(self) -> Role:
        """What the viewer may do."""
        return self.user.role

    @property
    def account_id(self) -> str:
        """The viewer's own account."""
        return self.user.account_id

    def scope(self) -> Scope:
        """Give the accounts that the viewer administers. Raises Forbidden for a plain user (P3)."""
        if self.role is Role.USER:
            raise Forbidden
        return Scope(self.account_id)
