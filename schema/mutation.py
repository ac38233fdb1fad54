"""What can be changed."""

import strawberry

from schema.nodes import resolved
from schema.user_edits import (
    CreateUserPayloadType,
    EditUserPayloadType,
    ToggleAdminPayloadType,
    create_user,
    edit_user,
    toggle_admin,
)


@strawberry.type(
    name="Mutation",
    description="What can be changed. Each is one transaction: all of it is done and written down, or nothing is. "
    "What the person at the screen can act on stands in `userErrors`.",
)
class Mutation:
    """What can be changed."""

    create_user: CreateUserPayloadType = resolved(
        create_user, description="Adds a user to an account, and sends the welcome mail."
    )
    edit_user: EditUserPayloadType = resolved(
        edit_user, description="Changes names, address or mobile number of a user."
    )
    toggle_admin: ToggleAdminPayloadType = resolved(
        toggle_admin, description="Makes a user an account admin, or a plain user again."
    )
