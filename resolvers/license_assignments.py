"""Assigning and unassigning licenses (L2, L3, L4, L5, L7)."""

from collections.abc import Sequence

from msgspec import Struct

from domain.accounts import Account
from domain.audit import Subject, SubjectKind, change
from domain.capabilities import RefusalReason, assign_license_refusal
from domain.licenses import LicenseCount, license_management_refusal
from domain.targets import BulkOutcome, BulkPlan, BulkRequest, as_audited, plan_bulk
from domain.user_changes import ChangeKind
from domain.user_errors import Declined, NotEnoughLicenses, declined_for, not_found
from domain.viewers import Scope
from persistence.license_assignments import LicensesRanOut, assign_to_chosen, unassign_from_chosen
from persistence.licenses import count_of_product
from persistence.products import products_by_id
from persistence.targets import Unchanged
from resolvers.context import Context
from resolvers.targets import choose_targets
from resolvers.writes import Write


class LicensesChanged(Struct, frozen=True):
    """What became of the targets and of the count; `user_ids` are those that the target named, in their order."""

    outcome: BulkOutcome
    license_count: LicenseCount
    user_ids: Sequence[str]


async def bulk_assign_licenses(context: Context, request: BulkRequest, product_id: str) -> LicensesChanged:
    """Assign a license of a product to every target, or to none of them (L3, L4, L5).

    Raises Forbidden (P3), and Declined: NOT_FOUND, ACCOUNT_DEACTIVATED, LICENSES_NOT_MANAGED_HERE, COUNT_CHANGED,
    NOT_ENOUGH_LICENSES.
    """
    while True:
        try:
            return await _assign(context, request, product_id)
        except LicensesRanOut:
            continue  # a subscription has just ended: the next reading counts without it


async def _assign(context: Context, request: BulkRequest, product_id: str) -> LicensesChanged:
    """Assign as above. Raises LicensesRanOut, too."""
    scope = context.scope
    async with context.write(turn_of=request.account_id, dry_run=request.dry_run) as write:
        account = await write.take_turn(scope, request.account_id)
        before = await _managed_count(write, scope, account, product_id)
        groups = await choose_targets(context, write, account, request, Unchanged.HAS_LICENSE, product_id=product_id)
        # Who has the license already needs none, and cannot be passed over (L5).
        plan = plan_bulk(groups, lambda group: None if group.is_unchanged else assign_license_refusal(group))
        if plan.outcome.changed > before.available:
            raise Declined(NotEnoughLicenses.short(plan.outcome.changed, before.available))
        if plan.changing:
            await write.log_chosen(account, ChangeKind.UPDATED, plan.keys)
            await assign_to_chosen(write.connection, account.id, product_id, plan.keys)
        return await _record_and_announce(write, scope, account, before, request, plan, "bulkAssignLicenses")


async def bulk_unassign_licenses(context: Context, request: BulkRequest, product_id: str) -> LicensesChanged:
    """Take the license of a product from every target that has one, inactive ones too.

    Raises Forbidden (P3), and Declined: NOT_FOUND, ACCOUNT_DEACTIVATED, LICENSES_NOT_MANAGED_HERE, COUNT_CHANGED.
    """
    scope = context.scope
    async with context.write(turn_of=request.account_id, dry_run=request.dry_run) as write:
        account = await write.take_turn(scope, request.account_id)
        before = await _managed_count(write, scope, account, product_id)
        groups = await choose_targets(context, write, account, request, Unchanged.HAS_NO_LICENSE, product_id=product_id)
        plan = plan_bulk(groups, lambda _: None)
        if plan.changing:
            await write.log_chosen(account, ChangeKind.UPDATED, plan.keys)
            await unassign_from_chosen(write.connection, product_id, plan.keys)
        return await _record_and_announce(write, scope, account, before, request, plan, "bulkUnassignLicenses")


async def _managed_count(write: Write, scope: Scope, account: Account, product_id: str) -> LicenseCount:
    """Read the count of a product whose licenses are managed here (L2), as it stands now that the turn is taken."""
    count = await count_of_product(write.connection, scope, account.id, product_id)
    if count is None and not await products_by_id(write.connection, [product_id]):
        raise not_found("productId")
    if count is None or license_management_refusal(account, count.product.code) is not None:
        raise declined_for(RefusalReason.LICENSES_NOT_MANAGED_HERE, "productId")
    return count


async def _record_and_announce(  # noqa: PLR0913, PLR0917 - what both actions have at their end
    write: Write,
    scope: Scope,
    account: Account,
    before: LicenseCount,
    request: BulkRequest,
    plan: BulkPlan,
    action: str,
) -> LicensesChanged:
    """Write down and announce what was changed."""
    count = before
    if plan.changing:
        count = await count_of_product(write.connection, scope, account.id, before.product.id) or before
        subject = Subject(SubjectKind.LICENSE_COUNT, count.id, count.product.name)
        changes = change("assigned", before.assigned, count.assigned)
        await write.audit(action, account, subject, {**changes, **as_audited(request, plan.outcome)})
        write.announce(account, counts=[count])
    return LicensesChanged(plan.outcome, count, request.target.distinct_ids)
