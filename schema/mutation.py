"""What can be changed."""

import strawberry

from schema.bulk_mails import (
    BulkResetPasswordsPayloadType,
    BulkSendWelcomeEmailsPayloadType,
    bulk_reset_passwords,
    bulk_send_welcome_emails,
)
from schema.deletions import DeleteUsersPayloadType, delete_users
from schema.license_assignments import (
    BulkAssignLicensesPayloadType,
    BulkUnassignLicensesPayloadType,
    bulk_assign_licenses,
    bulk_unassign_licenses,
)
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
    bulk_reset_passwords: BulkResetPasswordsPayloadType = resolved(
        bulk_reset_passwords,
        description="Sends password-reset mails to one, some, those of a search and filter, or all; "
        "only those who are registered get one.",
    )
    bulk_send_welcome_emails: BulkSendWelcomeEmailsPayloadType = resolved(
        bulk_send_welcome_emails,
        description="Sends welcome mails to one, some, those of a search and filter, or all; only those who are not "
        "registered get one. Who was deleted here while a source lists them still gets an account again.",
    )
    bulk_assign_licenses: BulkAssignLicensesPayloadType = resolved(
        bulk_assign_licenses, description="Assigns a license of a product to all users of a target, or to none."
    )
    bulk_unassign_licenses: BulkUnassignLicensesPayloadType = resolved(
        bulk_unassign_licenses, description="Takes the license of a product from all users of a target."
    )
    delete_users: DeleteUsersPayloadType = resolved(
        delete_users,
        description="Deletes users. Those whom a PBX or SCIM lists lose their account here and stay listed, inactive.",
    )
