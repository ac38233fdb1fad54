"""What happened to a made-up user since the account has had it, in an order that makes sense."""

from datetime import datetime
from random import Random
from typing import NamedTuple

from domain.users import InactiveReason, UserSource, UserStatus
from gateway.demo.chances import between, happens

REASONS: dict[UserSource, tuple[InactiveReason, ...]] = {
    UserSource.CONSOLE: (),
    UserSource.IMPORT: (),
    UserSource.SCIM: tuple(InactiveReason),
    UserSource.PBX: tuple(InactiveReason),
    UserSource.MICLOUD_CONNECT: (InactiveReason.DEACTIVATED_BY_SOURCE,),
}
"""Why a user of each source can be inactive: only what a source still lists stays listed (D2, D3)."""


class History(NamedTuple):
    """Status and instants of a user."""

    status: UserStatus
    inactive_reason: InactiveReason | None
    version: int
    created_at: datetime
    updated_at: datetime
    welcomed_at: datetime | None = None
    registered_at: datetime | None = None
    last_signed_in_at: datetime | None = None


def history(chance: Random, source: UserSource, since: datetime, now: datetime) -> History:
    """Make up what happened to a user between two instants."""
    created = between(chance, since, now)
    reasons = REASONS[source]
    if reasons and happens(chance, 0.15):
        reason, end = chance.choice(reasons), between(chance, created, now)
        if reason is InactiveReason.ACCOUNT_REMOVED:
            return _removed(chance, created, end)
        return _progress(chance, created, end)._replace(
            status=UserStatus.INACTIVE, inactive_reason=reason, version=chance.randint(2, 9), updated_at=end
        )
    return _progress(chance, created, now)


def registered_from_the_start(chance: Random, since: datetime, now: datetime) -> History:
    """Make up what happened to somebody who has been there from an instant on, and has registered."""
    return _registered(chance, since, since, now)


def _removed(chance: Random, created: datetime, end: datetime) -> History:
    """Make up the history of a user who lost the account here: what came of the welcome mail is gone (D3)."""
    welcomed = between(chance, created, end)
    return History(UserStatus.INACTIVE, InactiveReason.ACCOUNT_REMOVED, chance.randint(2, 9), created, end, welcomed)


def _progress(chance: Random, created: datetime, end: datetime) -> History:
    """Make up how far a user came who was never switched off: to the welcome mail, or past it."""
    if happens(chance, 0.08):
        return History(UserStatus.UNREGISTERED, None, 1, created, created)
    # Mostly right away, otherwise whenever an admin thought of it.
    welcomed = created if happens(chance, 0.6) else between(chance, created, end)
    if happens(chance, 0.75):
        return _registered(chance, created, welcomed, end)
    if welcomed == created:
        return History(UserStatus.UNREGISTERED, None, 1, created, created, welcomed)
    updated = between(chance, welcomed, end)
    return History(UserStatus.UNREGISTERED, None, chance.randint(2, 4), created, updated, welcomed)


def _registered(chance: Random, created: datetime, welcomed: datetime, end: datetime) -> History:
    registered_at = between(chance, welcomed, end)
    updated = between(chance, registered_at, end) if happens(chance, 0.8) else registered_at
    signed_in = between(chance, registered_at, end) if happens(chance, 0.95) else None
    version = chance.randint(2, 8)
    return History(UserStatus.REGISTERED, None, version, created, updated, welcomed, registered_at, signed_in)
