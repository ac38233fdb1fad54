"""What can be changed."""

import strawberry

from schema.deletions import DeleteUsersPayloadType, delete_users
from schema.license_assignments import (
    BulkAssignLicensesPayloadType,
    BulkUnassignLicensesPayloadType,
    bulk_assign_licenses,
    bulk_unassign_licenses,
)
from schema.mailings import (
    BulkResetPasswordsPayloadType,
    BulkSendWelcomeEmailsPayloadType,
    bulk_reset_passwords,
    bulk_send_welcome_emails,
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
    "What the person at the screen can act on stands in `userErrors`. All that take a "
    "`target` take `dryRun` too, which answers what would happen and changes nothing, and `expectedCount`, which "
    "refuses where the target has become another number of users.",
)
class Mutation:
    """What can be changed."""

    create_user: CreateUserPayloadType = resolved(
        create_user,
        description="Adds a user to an account, and sends the welcome mail unless `sendWelcomeEmail` is false. Refused "
        "where somebody in the account has the address.",
    )
    edit_user: EditUserPayloadType = resolved(
        edit_user,
        description="Changes names, address or mobile number of a user: what is left out stays. Refused for a "
        "change of what `lockedFields` names, and with `ifVersion` where somebody else has changed the user meanwhile.",
    )
    toggle_admin: ToggleAdminPayloadType = resolved(
        toggle_admin,
        description="Makes a user an account admin, or a plain user again; who is so already stays so. Refused for "
        "partner users, and for the last admin of an account unless its partner asks.",
    )
    bulk_reset_passwords: BulkResetPasswordsPayloadType = resolved(
        bulk_reset_passwords,
        description="Sends password-reset mails to one, some, those of a search and filter, or all; only those who are "
        "registered get one, and the others are skipped. Whoever was sent one within the last minute stays unchanged. "
        "The link works once, for an hour.",
    )
    bulk_send_welcome_emails: BulkSendWelcomeEmailsPayloadType = resolved(
        bulk_send_welcome_emails,
        description="Sends welcome mails to one, some, those of a search and filter, or all; only those who are not "
        "registered get one, and the others are skipped. Who was deleted here while a source lists them still gets an "
        "account again; whoever was sent one within the last minute stays unchanged. The link works once, for 7 days.",
    )
    bulk_assign_licenses: BulkAssignLicensesPayloadType = resolved(
        bulk_assign_licenses,
        description="Assigns a license of a product to all users of a target or, where too few are left, to none. Who "
        "has one stays unchanged, and who is inactive is skipped. Refused where `licenseManagement` of the account "
        "says that they are not managed here.",
    )
    bulk_unassign_licenses: BulkUnassignLicensesPayloadType = resolved(
        bulk_unassign_licenses,
        description="Takes the license of a product from all users of a target, inactive ones too; who has none stays "
        "unchanged. Refused where `licenseManagement` of the account says that they are not managed here.",
    )
    delete_users: DeleteUsersPayloadType = resolved(
        delete_users,
        description="Deletes the users of a target, where `confirmation` is the word delete. Those whom a PBX or SCIM "
        "lists lose their account here and stay listed, inactive. Skipped are the viewer, partner users, users of "
        "MiCloud Connect and, unless a partner asks, all admins where none would be left.",
    )

    sign_in: SignInPayloadType = resolved(
        sign_in,
        description="Signs somebody in. Works without a token. An unknown address, a wrong password and somebody who "
        "may not sign in are answered alike. Five wrong passwords for an address slow it down.",
    )
    refresh_session: SignInPayloadType = resolved(
        refresh_session,
        description="Goes on with a session: gives a new access token, and a new refresh token for the used one. Works "
        "without a token.",
    )
    sign_out: SignOutPayloadType = resolved(
        sign_out, description="Ends a session. Its access token stops working at once. Works without a token."
    )
    complete_registration: SignInPayloadType = resolved(
        complete_registration,
        description="What the link of a welcome mail leads to: sets the password, and signs in. Works without a token.",
    )
    request_password_reset: RequestPasswordResetPayloadType = resolved(
        request_password_reset,
        description="Asks for a mail with a link that resets the password. Works without a token. Always answers the "
        "same, whether or not the address is known. Who has it in several accounts gets a mail for each; a second mail "
        "within a minute is not sent.",
    )
    complete_password_reset: SignInPayloadType = resolved(
        complete_password_reset,
        description="What the link of a reset mail leads to: sets the password, ends every session of the user, and "
        "signs in. Works without a token.",
    )
