"""Adding users, editing them, and making them admins."""

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct

from domain.audit import Changes, change
from domain.capabilities import RefusalReason, toggle_admin_refusal
from domain.mailings import MailKind
from domain.user_changes import ChangeKind
from domain.user_edits import (
    FIELD_NAMES,
    NewUser,
    TypedFields,
    changed_fields,
    edited_fields,
    email_taken,
    fields_of,
    new_user_fields,
    overwritten_on_next_sync,
    role_of_new_user,
)
from domain.user_errors import declined_for, not_found
from domain.users import Role, User, UserField
from domain.viewers import Scope
from persistence import users
from persistence.mailings import promise_mail
from persistence.password_links import void_links
from persistence.sessions import end_sessions
from resolvers.context import Context
from resolvers.writes import Write, user_subject


async def create_user(context: Context, account_id: str, new: NewUser) -> User:
    """Add a user to an account, and promise the welcome mail (U1, U2, U3, U4, U5).

    Raises Forbidden (P3), and Declined: NOT_FOUND, ACCOUNT_DEACTIVATED, EMAIL_TAKEN, PARTNER_USER, and for each field
    that cannot be taken.
    """
    scope = context.scope
    async with context.write(turn_of=account_id) as write:
        account = await write.take_turn(scope, account_id)
        fields = new_user_fields(new.typed)
        role = role_of_new_user(account.kind, is_account_admin=new.is_account_admin)
        if await users.email_is_taken(write.connection, account.id, fields.email):
            raise email_taken()
        user = await users.insert_user(write.connection, account.id, fields, role)
        if new.sends_welcome_email:
            mailing = await promise_mail(write.connection, account.id, MailKind.WELCOME, user.id)
            write.announce(account, mailing=mailing)
        created = _changes(changed_fields(None, fields)) | change("role", None, role)
        await write.audit("createUser", account, user_subject(user), created)
        await write.log_changed(account, ChangeKind.CREATED, [user.id])
    return user


class EditedUser(Struct, frozen=True):
    """A user after an edit, with the fields that the user's source may overwrite (U6)."""

    user: User
    overwritten_on_next_sync: Sequence[UserField]


async def edit_user(context: Context, user_id: str, typed: TypedFields, if_version: int | None) -> EditedUser:
    """Change what was typed; what is as it was changes nothing (U1, U2, U3, U6, U8, U9).

    Raises Forbidden (P3), and Declined: NOT_FOUND, ACCOUNT_DEACTIVATED, VERSION_CONFLICT, FIELD_LOCKED_BY_SOURCE,
    EMAIL_TAKEN, and for each field that cannot be taken.
    """
    scope = context.scope
    async with context.write(turn_of=await _account_of(context, scope, user_id)) as write:
        account = await write.take_turn_of_user(scope, user_id)
        before = await _user_in_turn(write, scope, user_id)
        fields = edited_fields(before, typed, if_version)
        changed = changed_fields(fields_of(before), fields)
        if not changed:
            return EditedUser(before, ())
        if await users.email_is_taken(write.connection, account.id, fields.email, except_user=user_id):
            raise email_taken()
        user = await users.update_fields(write.connection, before, fields)
        if UserField.EMAIL in changed:
            await end_sessions(write.connection, [user.id])
            await void_links(write.connection, [user.id])
        await write.audit("editUser", account, user_subject(user), _changes(changed))
        await write.log_changed(account, ChangeKind.UPDATED, [user.id])
    context.note_change(user)
    return EditedUser(user, overwritten_on_next_sync(user.source, changed))


async def toggle_admin(context: Context, user_id: str, *, is_account_admin: bool) -> User:
    """Make a user an account admin or a plain user again; one that is so already stays as it is (A1, A2, A3).

    Raises Forbidden (P3), and Declined: NOT_FOUND, ACCOUNT_DEACTIVATED, PARTNER_USER, LAST_ADMIN.
    """
    scope = context.scope
    async with context.write(turn_of=await _account_of(context, scope, user_id)) as write:
        account = await write.take_turn_of_user(scope, user_id)
        before = await _user_in_turn(write, scope, user_id)
        refusal = toggle_admin_refusal(context.viewer, before, account)
        if refusal is RefusalReason.PARTNER_USER:
            raise declined_for(refusal, "userId")
        if before.is_account_admin is is_account_admin:
            return before
        if refusal is not None:
            raise declined_for(refusal, "userId")
        user = await users.update_role(write.connection, before, Role.ACCOUNT_ADMIN if is_account_admin else Role.USER)
        await write.audit("toggleAdmin", account, user_subject(user), change("role", before.role, user.role))
        await write.log_changed(account, ChangeKind.UPDATED, [user.id])
    context.note_change(user)
    return user


async def _account_of(context: Context, scope: Scope, user_id: str) -> str:
    """Tell in which account a user is, once nothing is left of a dry run before (T4)."""
    await context.close()
    found = await context.source.read(partial(users.users_by_id, scope=scope, ids=[user_id]))
    if user_id not in found:
        raise not_found("userId")
    return found[user_id].account_id


async def _user_in_turn(write: Write, scope: Scope, user_id: str) -> User:
    """Read a user whose account's turn is taken, and who may have gone while that was waited for."""
    found = await users.user_to_change(write.connection, scope, user_id)
    if found is None:
        raise not_found("userId")
    return found


def _changes(changed: Mapping[UserField, tuple[str | None, str | None]]) -> Changes:
    """Note the fields that changed, by the names that clients give them."""
    noted: Changes = {}
    for field, (before, after) in changed.items():
        noted |= change(FIELD_NAMES[field], before, after)
    return noted
