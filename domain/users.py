"""The people of an account."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from domain.paging import Direction, Key


class Role(StrEnum):
    """What somebody may do; a partner is whoever is a user of a partner account (P1, P2, P3)."""

    USER = "USER"
    ACCOUNT_ADMIN = "ACCOUNT_ADMIN"
    PARTNER = "PARTNER"


class UserStatus(StrEnum):
    """Whether a user has registered, and can still sign in."""

    UNREGISTERED = "UNREGISTERED"
    REGISTERED = "REGISTERED"
    INACTIVE = "INACTIVE"


class InactiveReason(StrEnum):
    """Why a user is inactive (D3, M3)."""

    ACCOUNT_REMOVED = "ACCOUNT_REMOVED"
    DEACTIVATED_BY_SOURCE = "DEACTIVATED_BY_SOURCE"


class UserSource(StrEnum):
    """Where a user was made."""

    CONSOLE = "CONSOLE"
    IMPORT = "IMPORT"
    SCIM = "SCIM"
    PBX = "PBX"
    MICLOUD_CONNECT = "MICLOUD_CONNECT"


class UserField(StrEnum):
    """The fields of a user that an edit can change."""

    NAME = "NAME"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    EMAIL = "EMAIL"
    MOBILE = "MOBILE"


_NAMES_AND_EMAIL = (UserField.NAME, UserField.FIRST_NAME, UserField.LAST_NAME, UserField.EMAIL)

LOCKED_FIELDS: dict[UserSource, tuple[UserField, ...]] = {
    UserSource.CONSOLE: (),
    UserSource.IMPORT: (),
    UserSource.SCIM: tuple(UserField),
    UserSource.PBX: _NAMES_AND_EMAIL,
    UserSource.MICLOUD_CONNECT: tuple(UserField),
}
"""The fields that each source owns, so that they cannot be edited here (U6)."""


_ACCOUNT_ADMIN = Role.ACCOUNT_ADMIN  # before Python 3.12, an enum finds a member anew each time that it is named


class User(Struct, frozen=True, gc=False):
    """A person listed in one account.

    `name` is what the NAME column shows: `given_name` where one was given, else first and last name joined (U1).
    `name_key` and `email_key` are the folded forms that lists are sorted by. `version` grows with every change (U8).
    """

    id: str
    account_id: str
    name: str
    name_key: str
    given_name: str | None
    first_name: str | None
    last_name: str | None
    email: str
    email_key: str
    mobile: str | None
    role: Role
    status: UserStatus
    inactive_reason: InactiveReason | None
    source: UserSource
    is_iot_connected: bool
    version: int
    created_at: datetime
    updated_at: datetime
    welcomed_at: datetime | None
    registered_at: datetime | None
    last_signed_in_at: datetime | None

    @property
    def is_account_admin(self) -> bool:
        """Whether the account admin toggle is on."""
        return self.role is _ACCOUNT_ADMIN

    @property
    def locked_fields(self) -> tuple[UserField, ...]:
        """The fields that belong to the user's source (U6)."""
        return LOCKED_FIELDS[self.source]


class SourceRecord(Struct, frozen=True):
    """What an outside source last sent of a user it owns (U7)."""

    user_id: str
    source: UserSource
    external_id: str
    last_synced_at: datetime
    attributes: object


class UserOrderField(StrEnum):
    """What a list of users can be sorted by."""

    NAME = "NAME"
    EMAIL = "EMAIL"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"


class UserOrder(Struct, frozen=True):
    """A total order of users (F4)."""

    field: UserOrderField = UserOrderField.NAME
    direction: Direction = Direction.ASC

    @property
    def name(self) -> str:
        """What tells this order from every other of users."""
        return f"users {self.field} {self.direction}"

    @property
    def by_time(self) -> bool:
        """Whether the key is an instant."""
        return self.field in {UserOrderField.CREATED_AT, UserOrderField.UPDATED_AT}

    def key(self, user: User) -> Key:
        """Give the key by which this user is sorted."""
        match self.field:
            case UserOrderField.NAME:
                return user.name_key
            case UserOrderField.EMAIL:
                return user.email_key
            case UserOrderField.CREATED_AT:
                return user.created_at
            case UserOrderField.UPDATED_AT:
                return user.updated_at
