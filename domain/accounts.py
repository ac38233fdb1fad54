"""Partner accounts and the customer accounts that belong to them."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from domain.paging import Direction, Key


class AccountKind(StrEnum):
    """What an account is there for."""

    CUSTOMER = "CUSTOMER"
    PARTNER = "PARTNER"


class Integration(StrEnum):
    """What can be turned on for an account."""

    MITEAM_MEETINGS = "MITEAM_MEETINGS"
    MICOLLAB = "MICOLLAB"
    MICLOUD_CONNECT = "MICLOUD_CONNECT"
    PBX = "PBX"
    SCIM = "SCIM"


class AccountEntry(Struct, frozen=True, gc=False):
    """An account as lists show it; `name_key` is the folded name that they are sorted by."""

    id: str
    number: str
    name: str
    name_key: str
    kind: AccountKind
    partner_id: str | None
    is_active: bool
    created_at: datetime


class Account(AccountEntry, frozen=True, gc=False):
    """An account as it stands, with what the rules about its users and licenses ask of it.

    `admin_count` counts the account admins who are not inactive (A2); `subscribed_product_codes` name the products of
    which a license subscription was ever bought (L2).
    """

    integrations: tuple[Integration, ...]
    admin_count: int
    subscribed_product_codes: frozenset[str]


class AccountFilter(Struct, frozen=True):
    """Conditions on accounts that must all hold; None is no condition."""

    kind: AccountKind | None = None
    is_active: bool | None = None
    integration: Integration | None = None


class AccountSelection(Struct, frozen=True):
    """Which accounts of those that the viewer administers: the words typed, folded, and the filter."""

    words: tuple[str, ...] = ()
    filter: AccountFilter = AccountFilter()


class AccountOrderField(StrEnum):
    """What a list of accounts can be sorted by."""

    NAME = "NAME"
    NUMBER = "NUMBER"
    CREATED_AT = "CREATED_AT"


class AccountOrder(Struct, frozen=True):
    """A total order of accounts (F4)."""

    field: AccountOrderField = AccountOrderField.NAME
    direction: Direction = Direction.ASC

    @property
    def name(self) -> str:
        """What tells this order from every other of accounts."""
        return f"accounts {self.field} {self.direction}"

    @property
    def by_time(self) -> bool:
        """Whether the key is an instant."""
        return self.field is AccountOrderField.CREATED_AT

    def key(self, account: AccountEntry) -> Key:
        """Give the key by which this account is sorted."""
        match self.field:
            case AccountOrderField.NAME:
                return account.name_key
            case AccountOrderField.NUMBER:
                return account.number
            case AccountOrderField.CREATED_AT:
                return account.created_at
