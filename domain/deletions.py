"""Deleting users: who may be, and what becomes of them (D1, D2, D3, D4, A2)."""

from collections.abc import Sequence
from typing import Final

from domain.accounts import Account
from domain.capabilities import RefusalReason, delete_refusal, is_active_admin
from domain.targets import BulkPlan, UserGroup, plan_bulk
from domain.user_errors import Declined, UserError, UserErrorCode
from domain.users import UserSource
from domain.viewers import Viewer

CONFIRMATION: Final = "delete"

STAY_LISTED: Final = (UserSource.PBX, UserSource.SCIM)
"""The sources that still list a user who is deleted here, and so only loses the account (D3)."""


def check_confirmation(typed: str) -> None:
    """Raise Declined with CONFIRMATION_REQUIRED where the word was not typed (D1)."""
    if typed.strip() != CONFIRMATION:
        message = f"Type the word {CONFIRMATION} to confirm."
        raise Declined(UserError(UserErrorCode.CONFIRMATION_REQUIRED, message, ("confirmation",)))


def plan_deletion(viewer: Viewer, account: Account, groups: Sequence[UserGroup]) -> BulkPlan:
    """Decide who is deleted. An action that would take all admins away together leaves all of them (A2)."""
    admins = [group for group in groups if is_active_admin(group) and _refuse(viewer, group, account, 0) is None]
    admins_taken = sum(group.count for group in admins)
    return plan_bulk(groups, lambda group: _refuse(viewer, group, account, admins_taken))


def _refuse(viewer: Viewer, group: UserGroup, account: Account, admins_taken: int) -> RefusalReason | None:
    return delete_refusal(viewer, group, account, is_viewer=group.is_viewer, admins_taken=admins_taken)
