"""Sending welcome and password-reset mails to many (M1, M2, M3, M4, M6)."""

from msgspec import Struct

from domain.accounts import Account
from domain.capabilities import reset_password_refusal, send_welcome_email_refusal
from domain.mailings import Mailing, MailKind
from domain.targets import BulkOutcome, BulkPlan, BulkRequest, as_audited, plan_bulk
from domain.user_changes import ChangeKind
from domain.users import UserStatus
from persistence.deletions import reactivate_users
from persistence.mailings import promise_mails
from persistence.targets import Unchanged
from resolvers.context import Context
from resolvers.targets import choose_targets
from resolvers.writes import Write, account_subject


class MailsPromised(Struct, frozen=True):
    """What became of the targets; the mailing is None on a dry run, and where nobody gets a mail."""

    outcome: BulkOutcome
    mailing: Mailing | None


async def bulk_reset_passwords(context: Context, request: BulkRequest) -> MailsPromised:
    """Promise a mail with a link to a new password to every target who is registered (M1).

    Raises Forbidden (P3), and Declined: NOT_FOUND, ACCOUNT_DEACTIVATED, COUNT_CHANGED.
    """
    scope = context.scope
    async with context.write(turn_of=request.account_id, dry_run=request.dry_run) as write:
        account = await write.take_turn(scope, request.account_id)
        groups = await choose_targets(context, write, account, request, Unchanged.RESET_JUST_NOW)
        plan = plan_bulk(groups, reset_password_refusal)
        return await _promise(write, account, MailKind.PASSWORD_RESET, request, plan, "bulkResetPasswords")


async def bulk_send_welcome_emails(context: Context, request: BulkRequest) -> MailsPromised:
    """Promise a mail with a link to register to every target who is not registered (M2).

    Those whose account was removed get one again (M3). Raises Forbidden (P3), and Declined: NOT_FOUND,
    ACCOUNT_DEACTIVATED, COUNT_CHANGED.
    """
    scope = context.scope
    async with context.write(turn_of=request.account_id, dry_run=request.dry_run) as write:
        account = await write.take_turn(scope, request.account_id)
        groups = await choose_targets(context, write, account, request, Unchanged.WELCOMED_JUST_NOW)
        plan = plan_bulk(groups, send_welcome_email_refusal)
        restored = [group.key for group in plan.changing if group.status is UserStatus.INACTIVE]
        if restored:
            await write.log_chosen(account, ChangeKind.UPDATED, restored)
            await reactivate_users(write.connection, restored)
        return await _promise(write, account, MailKind.WELCOME, request, plan, "bulkSendWelcomeEmails")


async def _promise(  # noqa: PLR0913, PLR0917 - what both actions have at their end
    write: Write, account: Account, kind: MailKind, request: BulkRequest, plan: BulkPlan, action: str
) -> MailsPromised:
    """Promise the mails, write that down, and announce it."""
    if not plan.changing:
        return MailsPromised(plan.outcome, None)
    mailing = await promise_mails(write.connection, account.id, kind, plan.keys, plan.outcome.changed)
    await write.audit(action, account, account_subject(account), as_audited(request, plan.outcome))
    write.announce(account, mailing=mailing)
    return MailsPromised(plan.outcome, None if request.dry_run else mailing)
