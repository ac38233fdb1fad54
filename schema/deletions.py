"""Deleting users."""

from collections.abc import Sequence
from typing import Annotated

import strawberry
from msgspec import Struct

from domain.targets import BulkOutcome
from domain.user_errors import Declined, UserError
from domain.users import User
from resolvers import deletions
from schema.bulk import BulkInput, BulkPayloadType, user_node_ids
from schema.nodes import Info
from schema.users import UserType


@strawberry.input(name="DeleteUsersInput", description="Whom to delete. Nobody can delete themselves.")
class DeleteUsersInput(BulkInput):
    """Whom to delete."""

    confirmation: str = strawberry.field(description="The word `delete`, which the person typed to confirm.")


class _Payload(Struct, frozen=True):
    outcome: BulkOutcome | None = None
    deleted_user_ids: Sequence[strawberry.ID] = ()
    deactivated_users: Sequence[User] = ()
    user_errors: Sequence[UserError] = ()


@strawberry.type(name="DeleteUsersPayload", description="Who was deleted.")
class DeleteUsersPayloadType(BulkPayloadType):
    """Who was deleted."""

    deleted_user_ids: list[strawberry.ID] = strawberry.field(
        description="The ids of users who are gone from the list, or would be on a dry run; the first 1000 at most."
    )
    deactivated_users: list[UserType] = strawberry.field(
        description="Users who stay listed, without an account here, since their source (a PBX or SCIM) still has "
        "them; the first 1000 at most."
    )


DeleteInput = Annotated[DeleteUsersInput, strawberry.argument(description="Whom to delete, and the word typed.")]


async def delete_users(info: Info, input: DeleteInput) -> _Payload:  # noqa: A002 - the name of the argument
    """Delete users."""
    try:
        deleted = await deletions.delete_users(info.context, input.to_request(info.context), input.confirmation)
    except Declined as declined:
        return _Payload(user_errors=declined.errors)
    return _Payload(deleted.outcome, user_node_ids(deleted.deleted_user_ids), deleted.deactivated_users)
