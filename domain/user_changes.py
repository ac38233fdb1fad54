"""What became of the users of an account, for those who watch it."""

from enum import StrEnum

from msgspec import Struct


class ChangeKind(StrEnum):
    """What became of a user, for those who watch."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    DELETED = "DELETED"


class UserChange(Struct, frozen=True):
    """One user was created, changed or deleted; how the user stands is read when that is told."""

    id: str
    """Of the user. Several changes of one user become one (`after`)."""
    account_id: str
    kind: ChangeKind

    def after(self, earlier: "UserChange") -> "UserChange":
        """Make one change of this one and an earlier one that was not told yet."""
        if earlier.kind is ChangeKind.CREATED and self.kind is ChangeKind.UPDATED:
            return earlier
        return self


class LoggedChange(Struct, frozen=True):
    """A row of the log of changed users: up to a thousand users to whom the same happened."""

    position: int
    kind: ChangeKind
    user_ids: tuple[str, ...]
