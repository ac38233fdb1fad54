"""Assigning and unassigning licenses."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import strawberry
from msgspec import Struct

from domain.licenses import LicenseCount
from domain.nodes import NodeKind, read_id
from domain.targets import BulkOutcome, BulkRequest
from domain.user_errors import Declined, UserError
from domain.users import User
from resolvers import license_assignments
from resolvers.context import Context
from resolvers.license_assignments import LicensesChanged
from resolvers.users import users_named
from schema.bulk import BulkInput, BulkPayloadType
from schema.licenses import LicenseCountType
from schema.nodes import Info, batched
from schema.users import UserType


@strawberry.input
class _LicensesInput(BulkInput):
    """Whose licenses of a product to change."""

    product_id: strawberry.ID = strawberry.field(description="The product whose licenses are assigned or unassigned.")


@strawberry.input(
    name="BulkAssignLicensesInput",
    description="Whom to assign a license. All or nothing: when too few licenses are left, no user gets one.",
)
class BulkAssignLicensesInput(_LicensesInput):
    """Whom to assign a license."""


@strawberry.input(name="BulkUnassignLicensesInput", description="Whom to take a license from.")
class BulkUnassignLicensesInput(_LicensesInput):
    """Whom to take a license from."""


class _Payload(Struct, frozen=True):
    outcome: BulkOutcome | None = None
    license_count: LicenseCount | None = None
    user_ids: Sequence[str] = ()
    user_errors: Sequence[UserError] = ()


async def _users(payloads: Sequence[_Payload], info: Info) -> Sequence[Sequence[User]]:
    return [await users_named(info.context, payload.user_ids) for payload in payloads]


@strawberry.type
class _LicensesPayloadType(BulkPayloadType):
    """Whose licenses were changed."""

    license_count: LicenseCountType | None = strawberry.field(
        description="The count of the product as it is now, or would be on a dry run; null when refused."
    )
    users: list[UserType] = batched(
        _users,
        description="The users that the target names by `ids`, in that order, as they are now, or would be on a dry "
        "run; empty for other targets.",
    )


@strawberry.type(name="BulkAssignLicensesPayload", description="Whom licenses were assigned to, and how many are left.")
class BulkAssignLicensesPayloadType(_LicensesPayloadType):
    """Whom licenses were assigned to."""


@strawberry.type(
    name="BulkUnassignLicensesPayload", description="Whom licenses were taken from, and how many are left."
)
class BulkUnassignLicensesPayloadType(_LicensesPayloadType):
    """Whom licenses were taken from."""


AssignInput = Annotated[BulkAssignLicensesInput, strawberry.argument(description="The product, and whom to assign it.")]
UnassignInput = Annotated[
    BulkUnassignLicensesInput, strawberry.argument(description="The product, and whom to take it from.")
]


async def bulk_assign_licenses(info: Info, input: AssignInput) -> _Payload:  # noqa: A002 - the name of the argument
    """Assign licenses."""
    return await _change(info, input, license_assignments.bulk_assign_licenses)


async def bulk_unassign_licenses(info: Info, input: UnassignInput) -> _Payload:  # noqa: A002 - the same
    """Unassign licenses."""
    return await _change(info, input, license_assignments.bulk_unassign_licenses)


async def _change(
    info: Info,
    given: _LicensesInput,
    change: Callable[[Context, BulkRequest, str], Awaitable[LicensesChanged]],
) -> _Payload:
    try:
        request = given.to_request(info.context)
        changed = await change(info.context, request, read_id(NodeKind.PRODUCT, given.product_id))
    except Declined as declined:
        return _Payload(user_errors=declined.errors)
    return _Payload(changed.outcome, changed.license_count, changed.user_ids)
