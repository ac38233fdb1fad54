"""Deleting users."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from domain.targets import BulkOutcome
from domain.user_errors import Declined, UserError
from domain.users import User
from resolvers import deletions
from schema.bulk import (
    ACCOUNT_ID,
    DRY_RUN,
    EXPECTED_COUNT,
    OUTCOME,
    TARGET,
    BulkOutcomeType,
    UserTargetInput,
    bulk_request,
    user_node_ids,
)
from schema.nodes import Info
from schema.user_errors import USER_ERRORS, UserErrorType
from schema.users import UserType


@strawberry.input(name="DeleteUsersInput", description="Whom to delete. Nobody deletes themselves.")
class DeleteUsersInput:
    """Whom to delete."""

    account_id: strawberry.ID = strawberry.field(description=ACCOUNT_ID)
    target: UserTargetInput = strawberry.field(description=TARGET)
    confirmation: str = strawberry.field(description="The word delete, typed by the person who confirms.")
    expected_count: int | None = strawberry.field(default=None, description=EXPECTED_COUNT)
    dry_run: bool = strawberry.field(default=False, description=DRY_RUN)


@dataclass(frozen=True, slots=True)
class _Payload:
    outcome: BulkOutcome | None = None
    deleted_user_ids: Sequence[strawberry.ID] = ()
    deactivated_users: Sequence[User] = ()
    user_errors: Sequence[UserError] = ()


@strawberry.type(name="DeleteUsersPayload", description="Who was deleted.")
class DeleteUsersPayloadType:
    """Who was deleted."""

    outcome: BulkOutcomeType | None = strawberry.field(description=OUTCOME)
    deleted_user_ids: list[strawberry.ID] = strawberry.field(description="Gone from the list, the first 1000.")
    deactivated_users: list[UserType] = strawberry.field(
        description="Still listed by their source, without an account here; the first 1000."
    )
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)


DeleteInput = Annotated[DeleteUsersInput, strawberry.argument(description="Whom to delete, and the word typed.")]


async def delete_users(info: Info, input: DeleteInput) -> _Payload:  # noqa: A002 - the name of the argument
    """Delete users."""
    try:
        request = bulk_request(input.account_id, input.target, input.expected_count, dry_run=input.dry_run)
        deleted = await deletions.delete_users(info.context, request, input.confirmation)
    except Declined as declined:
        return _Payload(user_errors=declined.errors)
    return _Payload(deleted.outcome, user_node_ids(deleted.deleted_user_ids), deleted.deactivated_users)
