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
    description="What can be changed. Each mutation is one transaction: it is done and written to the audit log as a "
    "whole, or not at all. What the person at the screen can act on stands in `userErrors`. Those that take a `target` "
    "also take `dryRun`, with which they answer what would happen and change nothing, and `expectedCount`, with which "
    "they are refused if the target matches another number of users.",
)
class Mutation:
    """What can be changed."""

    create_user: CreateUserPayloadType = resolved(
        create_user,
        description="Adds a user to an account, and sends the welcome mail unless `sendWelcomeEmail` is false. Refused "
        "if somebody in the account already has the email address.",
    )
    edit_user: EditUserPayloadType = resolved(
        edit_user,
        description="Changes the names, the email address or the mobile number of a user. What is left out stays as it "
        "is. Refused if it changes one of `lockedFields`, or if `ifVersion` is given and the user was changed in the "
        "meantime.",
    )
    toggle_admin: ToggleAdminPayloadType = resolved(
        toggle_admin,
        description="Makes a user an account admin, or a plain user again. A user who is so already stays so. Refused "
        "for partner users. Only a partner can take this from the last admin of an account.",
    )
    bulk_reset_passwords: BulkResetPasswordsPayloadType = resolved(
        bulk_reset_passwords,
        description="Sends password-reset mails to the users of a target. Users who are not registered are skipped. "
        "Users who were sent such a mail within the last minute get no second one, and count as unchanged. The link "
        "works once, within an hour.",
    )
    bulk_send_welcome_emails: BulkSendWelcomeEmailsPayloadType = resolved(
        bulk_send_welcome_emails,
        description="Sends welcome mails to the users of a target. Users who are registered, or were switched off by "
        "their source, are skipped. Users who were deleted here but are still listed by their source get an account "
        "again. Users who were sent such a mail within the last minute get no second one, and count as unchanged. The "
        "link works once, within 7 days.",
    )
    bulk_assign_licenses: BulkAssignLicensesPayloadType = resolved(
        bulk_assign_licenses,
        description="Assigns a license of a product to all users of a target or, if too few are left, to none. Users "
        "who have one count as unchanged, and inactive users are skipped. Refused if `licenseManagement` of the "
        "account does not allow it.",
    )
    bulk_unassign_licenses: BulkUnassignLicensesPayloadType = resolved(
        bulk_unassign_licenses,
        description="Takes the license of a product from all users of a target, inactive ones too. Users who have none "
        "count as unchanged. Refused if `licenseManagement` of the account does not allow it.",
    )
    delete_users: DeleteUsersPayloadType = resolved(
        delete_users,
        description="Deletes the users of a target, if `confirmation` is the word delete. Users who come from a PBX or "
        "SCIM lose their account here, and stay listed as inactive. The viewer, partner users and users from MiCloud "
        "Connect are skipped. So are all admins of the target if the account would be left without one, unless a "
        "partner asks.",
    )

    sign_in: SignInPayloadType = resolved(
        sign_in,
        description="Signs a user in. Needs no access token. An unknown address, a wrong password and a user who may "
        "not sign in get the same answer. After five wrong passwords for an address, there is a pause before each "
        "further attempt.",
    )
    refresh_session: SignInPayloadType = resolved(
        refresh_session,
        description="Goes on with a session: gives a new access token, and a new refresh token in place of the used "
        "one. Needs no access token.",
    )
    sign_out: SignOutPayloadType = resolved(
        sign_out, description="Ends a session. Its access token stops working at once. Needs no access token."
    )
    complete_registration: SignInPayloadType = resolved(
        complete_registration,
        description="What the link of a welcome mail leads to: sets the password, and signs the user in. Needs no "
        "access token.",
    )
    request_password_reset: RequestPasswordResetPayloadType = resolved(
        request_password_reset,
        description="Asks for a mail with a link for setting a new password. Needs no access token. The answer is "
        "always the same, whether or not the address is known. If it is known in several accounts, there is a mail for "
        "each. No second mail is sent within a minute.",
    )
    complete_password_reset: SignInPayloadType = resolved(
        complete_password_reset,
        description="What the link of a reset mail leads to: sets the password, ends every session of the user, and "
        "signs the user in. Needs no access token.",
    )
