"""Deleting users (D1, D2, D3, D4, D5)."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from domain.deletions import STAY_LISTED, check_confirmation, plan_deletion
from domain.targets import BulkOutcome, BulkRequest, as_audited
from domain.user_changes import ChangeKind
from domain.users import User
from persistence.deletions import deactivate_users, delete_belongings
from persistence.deletions import delete_users as delete_chosen
from persistence.licenses import counts_by_account
from persistence.targets import Unchanged, first_chosen
from persistence.users import users_by_id
from resolvers.context import Context
from resolvers.targets import choose_targets
from resolvers.writes import account_subject

_ACTION: Final = "deleteUsers"


class UsersDeleted(Struct, frozen=True):
    """What became of the targets: gone from the list, or listed without an account; the first 1000 of each."""

    outcome: BulkOutcome
    deleted_user_ids: Sequence[str]
    deactivated_users: Sequence[User]


async def delete_users(context: Context, request: BulkRequest, confirmation: str) -> UsersDeleted:
    """Delete every target that may be deleted; those whom a source lists stay listed without an account.

    Raises Forbidden (P3), and Declined: CONFIRMATION_REQUIRED, NOT_FOUND, ACCOUNT_DEACTIVATED, COUNT_CHANGED.
    """
    scope, viewer = context.scope, context.viewer
    check_confirmation(confirmation)
    async with context.write(turn_of=request.account_id, dry_run=request.dry_run) as write:
        account = await write.take_turn(scope, request.account_id)
        groups = await choose_targets(context, write, account, request, Unchanged.HAS_NO_ACCOUNT)
        plan = plan_deletion(viewer, account, groups)
        gone = [group.key for group in plan.changing if group.source not in STAY_LISTED]
        deactivated = [group.key for group in plan.changing if group.source in STAY_LISTED]
        gone_ids, deactivated_ids = [await first_chosen(write.connection, keys) for keys in (gone, deactivated)]
        if deactivated:
            # First, which locks them: who signs in at this moment has no session afterwards.
            await write.log_chosen(account, ChangeKind.UPDATED, deactivated)
            await deactivate_users(write.connection, deactivated, write.authorship(_ACTION))
        if plan.changing:
            await delete_belongings(write.connection, plan.keys)
        if gone:
            await write.log_chosen(account, ChangeKind.DELETED, gone)
            await delete_chosen(write.connection, gone, write.authorship(_ACTION))
        if plan.changing:
            await write.audit(_ACTION, account, account_subject(account), as_audited(request, plan.outcome))
            counts = await counts_by_account(write.connection, scope, [account.id])
            write.announce(account, counts=counts.get(account.id, ()))
        found = await users_by_id(write.connection, scope, deactivated_ids)
        return UsersDeleted(plan.outcome, gone_ids, [found[user_id] for user_id in deactivated_ids])
