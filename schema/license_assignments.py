"""Assigning and unassigning licenses."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from domain.licenses import LicenseCount
from domain.nodes import NodeKind, read_id
from domain.targets import BulkOutcome, BulkRequest
from domain.user_errors import Declined, UserError
from domain.users import User
from resolvers import licenses
from resolvers.context import Context
from resolvers.licenses import LicensesChanged
from schema.bulk import (
    ACCOUNT_ID,
    DRY_RUN,
    EXPECTED_COUNT,
    OUTCOME,
    TARGET,
    BulkOutcomeType,
    UserTargetInput,
    bulk_request,
)
from schema.licenses import LicenseCountType
from schema.nodes import Info
from schema.user_errors import USER_ERRORS, UserErrorType
from schema.users import UserType

_PRODUCT_ID = "The product."
_COUNT = "The count of the product as it is now; null when nothing was done."
_USERS = "The users named by ids, in their order; empty for other targets."


@strawberry.input(
    name="BulkAssignLicensesInput", description="All or nothing: when too few licenses are left, no user gets one."
)
class BulkAssignLicensesInput:
    """Whom to assign a license."""

    account_id: strawberry.ID = strawberry.field(description=ACCOUNT_ID)
    product_id: strawberry.ID = strawberry.field(description=_PRODUCT_ID)
    target: UserTargetInput = strawberry.field(description=TARGET)
    expected_count: int | None = strawberry.field(default=None, description=EXPECTED_COUNT)
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)


@strawberry.input(name="BulkUnassignLicensesInput", description="Whom to take a license from.")
class BulkUnassignLicensesInput:
    """Whom to take a license from."""

    account_id: strawberry.ID = strawberry.field(description=ACCOUNT_ID)
    product_id: strawberry.ID = strawberry.field(description=_PRODUCT_ID)
    target: UserTargetInput = strawberry.field(description=TARGET)
    expected_count: int | None = strawberry.field(default=None, description=EXPECTED_COUNT)
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)


@dataclass(frozen=True, slots=True)
class _Payload:
    outcome: BulkOutcome | None = None
    license_count: LicenseCount | None = None
    users: Sequence[User] = ()
    user_errors: Sequence[UserError] = ()


@strawberry.type(name="BulkAssignLicensesPayload", description="Whom licenses were assigned to, and how many are left.")
class BulkAssignLicensesPayloadType:
    """Whom licenses were assigned to."""

    outcome: BulkOutcomeType | None = strawberry.field(description=OUTCOME)
    license_count: LicenseCountType | None = strawberry.field(description=_COUNT)
    users: list[UserType] = strawberry.field(description=_USERS)
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)


@strawberry.type(
    name="BulkUnassignLicensesPayload", description="Whom licenses were taken from, and how many are left."
)
class BulkUnassignLicensesPayloadType:
    """Whom licenses were taken from."""

    outcome: BulkOutcomeType | None = strawberry.field(description=OUTCOME)
    license_count: LicenseCountType | None = strawberry.field(description=_COUNT)
    users: list[UserType] = strawberry.field(description=_USERS)
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)


AssignInput = Annotated[BulkAssignLicensesInput, strawberry.argument(description="The product, and whom to assign it.")]
UnassignInput = Annotated[
    BulkUnassignLicensesInput, strawberry.argument(description="The product, and whom to take it from.")
]


async def bulk_assign_licenses(info: Info, input: AssignInput) -> _Payload:  # noqa: A002 - the name of the argument
    """Assign licenses."""
    return await _change(info, input, licenses.bulk_assign_licenses)


async def bulk_unassign_licenses(info: Info, input: UnassignInput) -> _Payload:  # noqa: A002 - the same
    """Unassign licenses."""
    return await _change(info, input, licenses.bulk_unassign_licenses)


async def _change(
    info: Info,
    given: BulkAssignLicensesInput | BulkUnassignLicensesInput,
    change: Callable[[Context, BulkRequest, str], Awaitable[LicensesChanged]],
) -> _Payload:
    try:
        request = bulk_request(given.account_id, given.target, given.expected_count, dry_run=given.dry_run)
        changed = await change(info.context, request, read_id(NodeKind.PRODUCT, given.product_id))
    except Declined as declined:
        return _Payload(user_errors=declined.errors)
    return _Payload(changed.outcome, changed.license_count, changed.users)
