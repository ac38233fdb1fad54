"""What the audit entries of made-up accounts tell: how their users came to be as they are (O1)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from random import Random
from typing import NamedTuple

import orjson
from uuid_utils import uuid7

from domain.audit import Changes, SubjectKind, change
from domain.users import InactiveReason, Role, UserSource, UserStatus
from gateway.demo.chances import between, happens
from gateway.demo.made_up_names import name_of
from persistence.copying import AuditEventRow, UserRow


class Deed(NamedTuple):
    """What was done to a user; the actor is None for a source that did it by itself."""

    at: datetime
    actor: UserRow | None
    action: str
    changes: Changes


def audit_events(chance: Random, users: Iterable[UserRow], actors: tuple[UserRow, ...]) -> Iterator[AuditEventRow]:
    """Make the entries of what these people did to these users."""
    for user in users:
        if user.source is UserSource.CONSOLE and happens(chance, 0.05):
            yield _event(chance, user._replace(id=uuid7().hex), _deleted_before(chance, user, chance.choice(actors)))
        for deed in _deeds(chance, user, actors):
            yield _event(chance, user, deed)


def _deleted_before(chance: Random, user: UserRow, actor: UserRow) -> Deed:
    """Tell of somebody of the same name and address who was deleted before this user was made (D5)."""
    return Deed(between(chance, actor.created_at, user.created_at), actor, "deleteUsers", {})


def _deeds(chance: Random, user: UserRow, actors: tuple[UserRow, ...]) -> Iterator[Deed]:
    actor = chance.choice(actors)
    if user.source is UserSource.CONSOLE and user.id != actor.id:
        created = change("email", None, user.email) | change("role", None, Role.USER)
        yield Deed(user.created_at, actor, "createUser", created)
    if user.role is Role.ACCOUNT_ADMIN and user.id != actor.id:
        toggled = change("role", Role.USER, user.role)
        yield Deed(between(chance, user.created_at, user.updated_at), actor, "toggleAdmin", toggled)
    if user.inactive_reason is not None:
        by_source = user.inactive_reason is InactiveReason.DEACTIVATED_BY_SOURCE
        ended = change("status", UserStatus.UNREGISTERED, user.status)
        yield Deed(user.updated_at, None if by_source else actor, "sync" if by_source else "deleteUsers", ended)


def _event(chance: Random, user: UserRow, deed: Deed) -> AuditEventRow:
    return AuditEventRow(
        id=uuid7().hex,
        account_id=user.account_id,
        at=deed.at,
        actor_id=None if deed.actor is None else deed.actor.id,
        actor_name=user.source.value if deed.actor is None else name_of(deed.actor),
        action=deed.action,
        subject_kind=SubjectKind.USER,
        subject_id=user.id,
        subject_name=name_of(user),
        changes=orjson.dumps(deed.changes).decode(),
        request_id=f"{chance.getrandbits(128):032x}",
    )
