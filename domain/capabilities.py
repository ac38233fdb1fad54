"""What a viewer may do to a user now, and why not: the rules that the mutations refuse by."""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from domain.accounts import Account
from domain.licenses import manages_any_license
from domain.users import InactiveReason, Role, User, UserSource, UserStatus
from domain.viewers import Viewer


class RefusalReason(StrEnum):
    """Why something is refused, or why a bulk action skips a user."""

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


class UserState(Protocol):
    """What the rules ask of a user, or of a group of users who are alike in it."""

    @property
    def role(self) -> Role:
        """What the user may do."""
        ...

    @property
    def status(self) -> UserStatus:
        """Whether the user has registered, and can still sign in."""
        ...

    @property
    def inactive_reason(self) -> InactiveReason | None:
        """Why the user is inactive."""
        ...

    @property
    def source(self) -> UserSource:
        """Where the user was made."""
        ...


class Capability(Struct, frozen=True):
    """Whether one thing may be done; the reason is None exactly when it may."""

    reason: RefusalReason | None

    @property
    def allowed(self) -> bool:
        """Whether it may be done."""
        return self.reason is None


_CAPABILITIES = {reason: Capability(reason) for reason in (None, *RefusalReason)}
"""Each is made once: the users of a page have hundreds of them."""


class UserCapabilities(Struct, frozen=True):
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
        refused = _CAPABILITIES[common]
        return UserCapabilities(refused, refused, refused, refused, refused, refused)
    return UserCapabilities(
        edit=_CAPABILITIES[None],
        toggle_admin=_CAPABILITIES[toggle_admin_refusal(viewer, user, account)],
        reset_password=_CAPABILITIES[reset_password_refusal(user)],
        send_welcome_email=_CAPABILITIES[send_welcome_email_refusal(user)],
        manage_licenses=_CAPABILITIES[manage_licenses_refusal(user, account)],
        delete=_CAPABILITIES[delete_refusal(viewer, user, account, is_viewer=user.id == viewer.user.id)],
    )


def _refusal_of_every_write(viewer: Viewer, account: Account) -> RefusalReason | None:
    if viewer.role is Role.USER:
        return RefusalReason.FORBIDDEN  # P3
    if not account.is_active:
        return RefusalReason.ACCOUNT_DEACTIVATED  # P5
    return None


def toggle_admin_refusal(viewer: Viewer, user: UserState, account: Account) -> RefusalReason | None:
    """Tell why this user cannot be made an account admin, or a plain user again (A1, A2)."""
    if user.role is Role.PARTNER:
        return RefusalReason.PARTNER_USER
    if is_active_admin(user) and takes_last_admin(viewer, account, 1):
        return RefusalReason.LAST_ADMIN
    return None


def reset_password_refusal(user: UserState) -> RefusalReason | None:
    """Tell why no password-reset mail goes to this user (M1)."""
    return None if user.status is UserStatus.REGISTERED else RefusalReason.NOT_REGISTERED


def send_welcome_email_refusal(user: UserState) -> RefusalReason | None:
    """Tell why no welcome mail goes to this user (M2, M3)."""
    if user.status is UserStatus.REGISTERED:
        return RefusalReason.ALREADY_REGISTERED
    if user.inactive_reason is InactiveReason.DEACTIVATED_BY_SOURCE:
        return RefusalReason.DEACTIVATED_BY_SOURCE
    return None


def manage_licenses_refusal(user: UserState, account: Account) -> RefusalReason | None:
    """Tell why no license can be assigned to this user (L2, L5)."""
    if not manages_any_license(account):
        return RefusalReason.LICENSES_NOT_MANAGED_HERE
    return assign_license_refusal(user)


def assign_license_refusal(user: UserState) -> RefusalReason | None:
    """Tell why a license that is managed here is not assigned to this user (L5)."""
    return None if user.inactive_reason is None else RefusalReason(user.inactive_reason.value)


def delete_refusal(
    viewer: Viewer, user: UserState, account: Account, *, is_viewer: bool, admins_taken: int = 1
) -> RefusalReason | None:
    """Tell why this user cannot be deleted (D2, D4, A2). `is_viewer` says whether the user is the viewer.

    `admins_taken` are the active admins that the same action would delete, this one included.
    """
    if user.role is Role.PARTNER:
        return RefusalReason.PARTNER_USER
    if user.source is UserSource.MICLOUD_CONNECT:
        return RefusalReason.MICLOUD_CONNECT_USER
    if is_viewer:
        return RefusalReason.FORBIDDEN
    if is_active_admin(user) and takes_last_admin(viewer, account, admins_taken):
        return RefusalReason.LAST_ADMIN
    return None


def is_active_admin(user: UserState) -> bool:
    """Tell whether this user is one of the admins that an account must not be left without (A2)."""
    return user.role is Role.ACCOUNT_ADMIN and user.status is not UserStatus.INACTIVE


def takes_last_admin(viewer: Viewer, account: Account, admins_taken: int) -> bool:
    """Tell whether an account would be left without an admin by somebody who is not its partner (A2)."""
    return viewer.role is not Role.PARTNER and account.admin_count <= admins_taken
