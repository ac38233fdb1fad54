"""What was bought, what is assigned, and whether it is managed here."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from domain.accounts import Account, AccountKind, Integration
from domain.products import MITEAM_MEETINGS, Product
from domain.users import User

EXPIRING_SOON = timedelta(days=30)
"""How long before its end a license subscription is EXPIRING_SOON (L1)."""


class SubscriptionStatus(StrEnum):
    """Follows from the dates of a license subscription and the clock; nobody sets it (L1)."""

    PENDING_ACTIVATION = "PENDING_ACTIVATION"
    ACTIVE = "ACTIVE"
    EXPIRING_SOON = "EXPIRING_SOON"
    EXPIRED = "EXPIRED"
    PERPETUAL = "PERPETUAL"


class LicenseManagementRefusal(StrEnum):
    """Why a product's licenses are not managed here (L2)."""

    PARTNER_ACCOUNT = "PARTNER_ACCOUNT"
    INTEGRATION_OFF = "INTEGRATION_OFF"
    MANAGED_BY_MICOLLAB = "MANAGED_BY_MICOLLAB"
    NO_SUBSCRIPTION = "NO_SUBSCRIPTION"


class License(Struct, frozen=True, gc=False):
    """One product assigned to one user."""

    product: Product
    assigned_at: datetime


class LicensedUser(User, frozen=True, gc=False):
    """A user who was read with their licenses, by product name."""

    licenses: tuple[License, ...]


class LicenseCount(Struct, frozen=True, gc=False):
    """How many licenses of a product an account has and uses.

    `total` is the sum of the subscriptions in force (L1); it may be below `assigned` when one has ended (L4).
    """

    id: str
    account_id: str
    product: Product
    total: int
    assigned: int
    revision: int

    @property
    def available(self) -> int:
        """What can still be assigned, never below 0 (L4)."""
        return max(self.total - self.assigned, 0)


class LicenseSubscription(Struct, frozen=True):
    """A purchase: a quantity of licenses of one product, from a day, to a day or for ever."""

    id: str
    account_id: str
    product: Product
    order_number: str
    quantity: int
    starts_at: datetime
    expires_at: datetime | None

    def status(self, now: datetime) -> SubscriptionStatus:
        """Tell where this subscription is in its life (L1)."""
        if now < self.starts_at:
            return SubscriptionStatus.PENDING_ACTIVATION
        if self.expires_at is None:
            return SubscriptionStatus.PERPETUAL
        if self.expires_at <= now:
            return SubscriptionStatus.EXPIRED
        if self.expires_at <= now + EXPIRING_SOON:
            return SubscriptionStatus.EXPIRING_SOON
        return SubscriptionStatus.ACTIVE


def license_management_refusal(account: Account, product_code: str) -> LicenseManagementRefusal | None:
    """Tell why the licenses of a product are not managed here, or None where they are (L2)."""
    if account.kind is AccountKind.PARTNER:
        return LicenseManagementRefusal.PARTNER_ACCOUNT
    if product_code == MITEAM_MEETINGS:
        if Integration.MITEAM_MEETINGS not in account.integrations:
            return LicenseManagementRefusal.INTEGRATION_OFF
        if Integration.MICOLLAB in account.integrations:
            return LicenseManagementRefusal.MANAGED_BY_MICOLLAB
    if product_code not in account.subscribed_product_codes:
        return LicenseManagementRefusal.NO_SUBSCRIPTION
    return None


def manages_any_license(account: Account) -> bool:
    """Tell whether the licenses of any product at all are managed on this account (L2)."""
    return any(license_management_refusal(account, code) is None for code in account.subscribed_product_codes)
