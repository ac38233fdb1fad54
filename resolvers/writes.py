"""One write: its transaction, what is written down about it, and what is announced when it is committed.

Every write on an account and its users reads in the same order: authorise, take the account's turn, read, decide,
write, audit, announce.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from msgspec.structs import replace

from domain.accounts import Account
from domain.audit import Subject, SubjectKind
from domain.capabilities import RefusalReason
from domain.licenses import LicenseCount
from domain.mailings import Mailing
from domain.refusals import Unauthenticated
from domain.user_changes import ChangeKind
from domain.user_errors import declined_for, not_found
from domain.users import User
from domain.viewers import RIGHTS_LAST, Scope, Viewer
from events.announcements import Announcement
from persistence.accounts import take_turn, take_turn_of_user
from persistence.audit import Authorship, write_entry
from persistence.database import Connection
from persistence.user_changes import log_changed_users, log_chosen_users
from persistence.viewers import find_viewer

_ACCOUNT_ID: Final = "accountId"
_USER_ID: Final = "userId"


class Write:
    """A transaction in which somebody, or with None the gateway itself, changes one account.

    `viewer` is who does so by the right of an administrator, which was looked up at `looked_up_at` or after.
    """

    def __init__(
        self, connection: Connection, actor: User | None, viewer: Viewer | None, looked_up_at: datetime, request_id: str
    ) -> None:
        self.connection = connection
        self._actor = actor
        self._viewer = viewer
        self._looked_up_at = looked_up_at
        self._request_id = request_id
        self._announced: dict[str, Announcement] = {}

    async def take_turn(self, scope: Scope, account_id: str) -> Account:
        """Wait for the account's turn.

        Raises Declined: NOT_FOUND (P4), ACCOUNT_DEACTIVATED (P5); and Unauthenticated and Forbidden for a viewer whose
        rights have gone in the meantime (P6).
        """
        return await self._begin(await take_turn(self.connection, scope, account_id), _ACCOUNT_ID)

    async def take_turn_of_user(self, scope: Scope, user_id: str) -> Account:
        """Wait for the turn of a user's account. Raises what `take_turn` does."""
        return await self._begin(await take_turn_of_user(self.connection, scope, user_id), _USER_ID)

    def act_as_the_gateway(self) -> None:
        """Record the gateway itself as the one who does this, whoever is signed in."""
        self._actor = None

    def authorship(self, action: str) -> Authorship:
        """Tell who does this, as audit entries say it."""
        return {
            "actor_id": None if self._actor is None else self._actor.id,
            "actor_name": "The gateway" if self._actor is None else self._actor.name,
            "action": action,
            "request_id": self._request_id,
        }

    async def audit(self, action: str, account: Account, subject: Subject, changes: object) -> None:
        """Write down what is done (O1)."""
        await write_entry(self.connection, account.id, self.authorship(action), subject, changes)

    async def log_changed(self, account: Account, kind: ChangeKind, user_ids: Sequence[str]) -> None:
        """Log what became of a few users, and announce it."""
        await log_changed_users(self.connection, account.id, kind, user_ids)
        self.announce(account, has_user_changes=True)

    async def log_chosen(self, account: Account, kind: ChangeKind, keys: Sequence[str]) -> None:
        """Log what is about to become of the targets in the groups with these keys, and announce it."""
        await log_chosen_users(self.connection, account.id, kind, keys)
        self.announce(account, has_user_changes=True)

    def announce(
        self,
        account: Account,
        *,
        counts: Sequence[LicenseCount] = (),
        has_user_changes: bool = False,
        mailing: Mailing | None = None,
    ) -> None:
        """Have it announced, once it is committed, that these things of an account changed (S1)."""
        announcement = Announcement(
            account.id,
            {count.id: count.revision for count in counts},
            has_user_changes,
            () if mailing is None else (mailing.id,),
        )
        before = self._announced.get(account.id)
        self._announced[account.id] = before.joined_with(announcement) if before else announcement

    async def _begin(self, account: Account | None, path: str) -> Account:
        """Make sure that the account whose turn was taken may be written on, and by the viewer."""
        if account is None:
            raise not_found(path)
        if not account.is_active:
            raise declined_for(RefusalReason.ACCOUNT_DEACTIVATED)
        if self._viewer is not None and datetime.now(UTC) - self._looked_up_at > RIGHTS_LAST:
            await self._look_up_again(self._viewer)
        return account

    async def _look_up_again(self, viewer: Viewer) -> None:
        """Look up what a viewer may do now, who had to wait."""
        user = await find_viewer(self.connection, viewer.user.id, viewer.session_id)
        if user is None:
            raise Unauthenticated
        replace(viewer, user=user).scope()

    @property
    def announcements(self) -> Mapping[str, Announcement]:
        """What is to be announced, by account."""
        return self._announced


def account_subject(account: Account) -> Subject:
    """Name an account as what something was done to."""
    return Subject(SubjectKind.ACCOUNT, account.id, account.name)


def user_subject(user: User) -> Subject:
    """Name a user as whom something was done to."""
    return Subject(SubjectKind.USER, user.id, user.name)
