"""Assigning and taking away licenses in one transaction, announced after the commit."""

from typing import Any

import strawberry
from sqlalchemy import Delete, Insert, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from benchmarks.peers.strawberry.announcements import AnnouncedCount, AnnouncedProduct
from benchmarks.peers.strawberry.context import Info
from benchmarks.peers.strawberry.models import AuditEvent, License, Product, SubjectKind, User, UserStatus
from benchmarks.peers.strawberry.models import LicenseCount as CountModel
from benchmarks.peers.strawberry.types import LicenseCount, row_id


@strawberry.input
class UserTarget:
    """Which users."""

    ids: list[strawberry.ID]


@strawberry.input
class BulkAssignLicensesInput:
    """Who is to get what."""

    account_id: strawberry.ID
    product_id: strawberry.ID
    target: UserTarget


@strawberry.input
class BulkUnassignLicensesInput:
    """Who is to lose what."""

    account_id: strawberry.ID
    product_id: strawberry.ID
    target: UserTarget


@strawberry.type
class BulkOutcome:
    """What came of it."""

    matched: int
    changed: int
    unchanged: int


@strawberry.type
class UserError:
    """What a person can act on."""

    code: str


@strawberry.type
class BulkLicensesPayload:
    """What came of it, and the count after it."""

    outcome: BulkOutcome
    license_count: LicenseCount
    user_errors: list[UserError]


Asked = BulkAssignLicensesInput | BulkUnassignLicensesInput


def _assign(asked: Asked) -> Insert:
    chosen = select(User.id, User.account_id, literal(row_id(asked.product_id))).where(
        User.account_id == row_id(asked.account_id),
        User.id.in_([row_id(user) for user in asked.target.ids]),
        User.status != UserStatus.INACTIVE,
    )
    return insert(License).from_select(["user_id", "account_id", "product_id"], chosen).on_conflict_do_nothing()


def _unassign(asked: Asked) -> Delete:
    return delete(License).where(
        License.account_id == row_id(asked.account_id),
        License.product_id == row_id(asked.product_id),
        License.user_id.in_([row_id(user) for user in asked.target.ids]),
    )


async def _change(info: Info, asked: Asked, change: Insert | Delete, action: str) -> BulkLicensesPayload:
    account_id, product_id = row_id(asked.account_id), row_id(asked.product_id)
    targeted = (User.account_id == account_id, User.id.in_([row_id(user) for user in asked.target.ids]))
    async with info.context.sessions() as session, session.begin():
        matched = await session.scalar(select(func.count()).select_from(User).where(*targeted)) or 0
        changed: int = (await session.execute(change)).rowcount  # type: ignore[attr-defined]
        session.add(
            AuditEvent(
                account_id=account_id,
                actor_name="benchmark",
                action=action,
                subject_kind=SubjectKind.ACCOUNT,
                subject_id=account_id,
                subject_name="benchmark",
                changes={},
                request_id="benchmark",
            )
        )
        query = select(CountModel, Product).join(Product, Product.id == CountModel.product_id)
        found = await session.execute(query.where(CountModel.account_id == account_id, Product.id == product_id))
        count, product = found.one()
    shown = AnnouncedProduct(product.id, product.code, product.name)
    announced = AnnouncedCount(count.id, shown, count.total, count.assigned, count.available, count.revision)
    await info.context.announcements.publish(asked.account_id, announced)
    given: Any = announced
    return BulkLicensesPayload(
        outcome=BulkOutcome(matched=matched, changed=changed, unchanged=matched - changed),
        license_count=given,
        user_errors=[],
    )


@strawberry.type
class Mutation:
    """What can be changed."""

    @strawberry.mutation
    async def bulk_assign_licenses(self, info: Info, input: BulkAssignLicensesInput) -> BulkLicensesPayload:  # noqa: A002
        """Assign licenses."""
        return await _change(info, input, _assign(input), "bulkAssignLicenses")

    @strawberry.mutation
    async def bulk_unassign_licenses(self, info: Info, input: BulkUnassignLicensesInput) -> BulkLicensesPayload:  # noqa: A002
        """Take licenses away."""
        return await _change(info, input, _unassign(input), "bulkUnassignLicenses")
