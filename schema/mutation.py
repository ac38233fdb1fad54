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
from schema.sessions import (
    RequestPasswordResetPayloadType,
    SignInPayloadType,
    SignOutPayloadType,
    complete_password_reset,
    complete_registration,
    refresh_session,
    request_password_reset,
    sign_in,
    sign_out,
)
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
        "only those who are registered get one. Whoever was sent one within the last minute stays unchanged.",
    )
    bulk_send_welcome_emails: BulkSendWelcomeEmailsPayloadType = resolved(
        bulk_send_welcome_emails,
        description="Sends welcome mails to one, some, those of a search and filter, or all; only those who are not "
        "registered get one. Who was deleted here while a source lists them still gets an account again; whoever was "
        "sent one within the last minute stays unchanged.",
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

    sign_in: SignInPayloadType = resolved(
        sign_in,
        description="Signs somebody in. Works without a token, as all that follow. An unknown address, a wrong "
        "password and somebody who may not sign in are answered alike. Five wrong passwords for an address slow it "
        "down.",
    )
    refresh_session: SignInPayloadType = resolved(
        refresh_session,
        description="Goes on with a session: gives a new access token, and a new refresh token for the used one.",
    )
    sign_out: SignOutPayloadType = resolved(
        sign_out, description="Ends a session. Its access token stops working at once."
    )
    complete_registration: SignInPayloadType = resolved(
        complete_registration, description="What the link of a welcome mail leads to: sets the password, and signs in."
    )
    request_password_reset: RequestPasswordResetPayloadType = resolved(
        request_password_reset,
        description="Asks for a mail with a link that resets the password. Always answers the same, whether or not the "
        "address is known. Who has it in several accounts gets a mail for each; a second mail within a minute is not "
        "sent.",
    )
    complete_password_reset: SignInPayloadType = resolved(
        complete_password_reset,
        description="What the link of a reset mail leads to: sets the password, ends every session of the user, and "
        "signs in.",
    )
