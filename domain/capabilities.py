"""What a viewer may do to a user now, and why not: the rules that the mutations refuse by."""

from dataclasses import dataclass
from enum import StrEnum

from domain.accounts import Account
from domain.licenses import manages_any_license
from domain.users import InactiveReason, Role, User, UserSource, UserStatus
from domain.viewers import Viewer


class RefusalReason(StrEnum):
    """Why something is refused, or why a bulk action passes a user over."""

    FORBIDDEN = "FORBIDDEN"
    NOT_REGISTERED = "NOT_REGISTERED"
    ALREADY_REGISTERED = "ALREADY_REGISTERED"
    DEACTIVATED_BY_SOURCE = "DEACTIVATED_BY_SOURCE"
    ACCOUNT_REMOVED = "ACCOUNT_REMOVED"
    ACCOUNT_DEACTIVATED = "ACCOUNT_DEACTIVATED"
    PARTNER_USER = "PARTNER_USER"
    MICLOUD_CONNECT_USER = "MICLOUD_CONNECT_USER"
    LAST_ADMIN = "LAST_ADMIN"
    LICENSES_NOT_MANAGED_HERE = "LICENSES_NOT_MANAGED_HERE"


@dataclass(frozen=True, slots=True)
class Capability:
    """Whether one thing may be done; the reason is None exactly when it may."""

    reason: RefusalReason | None

    @property
    def allowed(self) -> bool:
        """Whether it may be done."""
        return self.reason is None


@dataclass(frozen=True, slots=True)
class UserCapabilities:
    """What the viewer may do to one user."""

    edit: Capability
    toggle_admin: Capability
    reset_password: Capability
    send_welcome_email: Capability
    manage_licenses: Capability
    delete: Capability


def user_capabilities(viewer: Viewer, user: User, account: Account) -> UserCapabilities:
    """Tell what the viewer may do to this user of this account, which is in the viewer's sight."""
    common = _refusal_of_every_write(viewer, account)
    if common is not None:
        refused = Capability(common)
        return UserCapabilities(refused, refused, refused, refused, refused, refused)
    return UserCapabilities(
        edit=Capability(None),
        toggle_admin=Capability(toggle_admin_refusal(viewer, user, account)),
        reset_password=Capability(reset_password_refusal(user)),
        send_welcome_email=Capability(send_welcome_email_refusal(user)),
        manage_licenses=Capability(manage_licenses_refusal(user, account)),
        delete=Capability(delete_refusal(viewer, user, account)),
    )


def _refusal_of_every_write(viewer: Viewer, account: Account) -> RefusalReason | None:
    if viewer.role is Role.USER:
        return RefusalReason.FORBIDDEN  # P3
    if not account.is_active:
        return RefusalReason.ACCOUNT_DEACTIVATED  # P5
    return None


def toggle_admin_refusal(viewer: Viewer, user: User, account: Account) -> RefusalReason | None:
    """Tell why the admin toggle of this user cannot be moved to its other side (A1, A2)."""
    if user.role is Role.PARTNER:
        return RefusalReason.PARTNER_USER
    if _is_last_admin(viewer, user, account):
        return RefusalReason.LAST_ADMIN
    return None


def reset_password_refusal(user: User) -> RefusalReason | None:
    """Tell why no password-reset mail goes to this user (M1)."""
    return None if user.status is UserStatus.REGISTERED else RefusalReason.NOT_REGISTERED


def send_welcome_email_refusal(user: User) -> RefusalReason | None:
    """Tell why no welcome mail goes to this user (M2, M3)."""
    if user.status is UserStatus.REGISTERED:
        return RefusalReason.ALREADY_REGISTERED
    if user.inactive_reason is InactiveReason.DEACTIVATED_BY_SOURCE:
        return RefusalReason.DEACTIVATED_BY_SOURCE
    return None


def manage_licenses_refusal(user: User, account: Account) -> RefusalReason | None:
    """Tell why no license can be assigned to this user (L2, L5)."""
    if not manages_any_license(account):
        return RefusalReason.LICENSES_NOT_MANAGED_HERE
    if user.inactive_reason is not None:
        return RefusalReason(user.inactive_reason.value)
    return None


def delete_refusal(viewer: Viewer, user: User, account: Account) -> RefusalReason | None:
    """Tell why this user cannot be deleted (D2, D4, A2)."""
    if user.role is Role.PARTNER:
        return RefusalReason.PARTNER_USER
    if user.source is UserSource.MICLOUD_CONNECT:
        return RefusalReason.MICLOUD_CONNECT_USER
    if user.id == viewer.user.id:
        return RefusalReason.FORBIDDEN
    if _is_last_admin(viewer, user, account):
        return RefusalReason.LAST_ADMIN
    return None


def _is_last_admin(viewer: Viewer, user: User, account: Account) -> bool:
    """Tell whether only a partner may take this admin away from the account (A2)."""
    return (
        viewer.role is not Role.PARTNER
        and user.role is Role.ACCOUNT_ADMIN
        and user.status is not UserStatus.INACTIVE
        and account.admin_count <= 1
    )
