"""What a person at the screen can act on: the `userErrors` of a payload.

    Declined      raised inside a write, whose transaction then leaves nothing behind
      UserError             a code, a sentence, and the path into the input
        VersionConflict     with the user as it stands (U8)
        NotEnoughLicenses   with how many are lacking (L3)

What nobody at the screen can act on is a refusal of the whole request: domain.refusals.
"""

from enum import StrEnum
from typing import Self

from msgspec import Struct

from domain.capabilities import RefusalReason
from domain.users import User


class UserErrorCode(StrEnum):
    """What is wrong, for machines."""

    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    NAME_REQUIRED = "NAME_REQUIRED"
    INVALID_EMAIL = "INVALID_EMAIL"
    EMAIL_TAKEN = "EMAIL_TAKEN"
    INVALID_MOBILE = "INVALID_MOBILE"
    TOO_LONG = "TOO_LONG"
    FIELD_LOCKED_BY_SOURCE = "FIELD_LOCKED_BY_SOURCE"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    CONFIRMATION_REQUIRED = "CONFIRMATION_REQUIRED"
    PARTNER_USER = "PARTNER_USER"
    MICLOUD_CONNECT_USER = "MICLOUD_CONNECT_USER"
    LAST_ADMIN = "LAST_ADMIN"
    NOT_REGISTERED = "NOT_REGISTERED"
    ALREADY_REGISTERED = "ALREADY_REGISTERED"
    DEACTIVATED_BY_SOURCE = "DEACTIVATED_BY_SOURCE"
    ACCOUNT_REMOVED = "ACCOUNT_REMOVED"
    ACCOUNT_DEACTIVATED = "ACCOUNT_DEACTIVATED"
    LICENSES_NOT_MANAGED_HERE = "LICENSES_NOT_MANAGED_HERE"
    NOT_ENOUGH_LICENSES = "NOT_ENOUGH_LICENSES"
    TOO_MANY_TARGETS = "TOO_MANY_TARGETS"
    COUNT_CHANGED = "COUNT_CHANGED"
    WRONG_CREDENTIALS = "WRONG_CREDENTIALS"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 - no token
    PASSWORD_TOO_WEAK = "PASSWORD_TOO_WEAK"  # noqa: S105 - no password


class UserError(Struct, frozen=True):
    """One thing that is wrong; the path leads into the input, and is empty when no one field is at fault."""

    code: UserErrorCode
    message: str
    path: tuple[str, ...] = ()


class VersionConflict(UserError, frozen=True):  # noqa: N818 - a record, and no exception
    """The user has changed since the version that the edit was made from (U8)."""

    current: User | None = None

    @classmethod
    def with_current(cls, user: User) -> Self:
        """Make the error with the user as it stands."""
        message = "This user was changed by somebody else in the meantime."
        return cls(UserErrorCode.VERSION_CONFLICT, message, ("ifVersion",), user)


class NotEnoughLicenses(UserError, frozen=True):  # noqa: N818 - the same
    """Too few licenses are left, so nobody gets one (L3): the targets need `needed`, and `available` are left."""

    needed: int = 0
    available: int = 0

    @classmethod
    def short(cls, needed: int, available: int) -> Self:
        """Make the error with the sentence of the Manage panel."""
        message = (
            f"{needed - available} more license(s) are needed to apply to the selected users. "
            "Please purchase more or unassign existing licenses and try again"
        )
        return cls(UserErrorCode.NOT_ENOUGH_LICENSES, message, (), needed, available)

    @property
    def shortfall(self) -> int:
        """How many more have to be bought or freed."""
        return self.needed - self.available


class Declined(Exception):  # noqa: N818 - nothing went wrong: a person is told what to do
    """A write that is not done, for reasons that a person can act on."""

    def __init__(self, *errors: UserError) -> None:
        super().__init__(", ".join(error.code for error in errors))
        self.errors = errors


def not_found(*path: str) -> Declined:
    """Decline for an id that is not there or out of sight, which is the same (P4)."""
    return Declined(UserError(UserErrorCode.NOT_FOUND, "There is nothing with this id.", path))


def declined_for(reason: RefusalReason, *path: str) -> Declined:
    """Decline for a reason that `viewerCan` gives too."""
    return Declined(UserError(UserErrorCode(reason.value), _SENTENCES[reason], path))


_SENTENCES: dict[RefusalReason, str] = {
    RefusalReason.FORBIDDEN: "You may not do this to this user.",
    RefusalReason.NOT_REGISTERED: "This user has not registered yet.",
    RefusalReason.ALREADY_REGISTERED: "This user is registered already.",
    RefusalReason.DEACTIVATED_BY_SOURCE: "This user was switched off by its source.",
    RefusalReason.ACCOUNT_REMOVED: "This user has no account any more: send a welcome mail first.",
    RefusalReason.ACCOUNT_DEACTIVATED: "This account is deactivated: nothing can be changed.",
    RefusalReason.PARTNER_USER: "This cannot be done to a user of a partner account.",
    RefusalReason.MICLOUD_CONNECT_USER: "A user synced from MiCloud Connect cannot be deleted.",
    RefusalReason.LAST_ADMIN: "This is the last admin of the account: only its partner can do this.",
    RefusalReason.LICENSES_NOT_MANAGED_HERE: "The licenses of this product are not managed on this account.",
}
