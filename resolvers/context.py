"""What one operation works with."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime

from msgspec.structs import replace

from domain.refusals import Unauthenticated
from domain.users import User
from domain.viewers import Scope, Viewer
from events.broker import Broker
from loaders.every import Loaders
from loaders.once import once
from loaders.sharing import SharedReads
from persistence.database import Database, DryRun, Readable
from persistence.failures import DatabaseUnavailable
from resolvers.entrance import Entrance
from resolvers.writes import Write


class Context:
    """Made anew for each operation, and for each event of a subscription: nothing in it outlives the answer.

    Whoever makes it for a mutation closes it when there is an answer. `selected` are the names of all fields that the
    operation selects, in whatever types, where that is known.
    """

    def __init__(  # noqa: PLR0913 - what an operation works with
        self,
        database: Database,
        broker: Broker,
        viewer: Viewer | None,
        request_id: str,
        now: datetime,
        *,
        entrance: Entrance | None = None,
        reads: SharedReads | None = None,
        selected: frozenset[str] | None = None,
    ) -> None:
        self.database = database
        self.source: Readable = database
        self.selected = selected
        self._reads = reads or SharedReads(database)
        self._dry_run: AsyncExitStack | None = None
        self.broker = broker
        self.request_id = request_id
        self.now = now
        self._viewer = viewer
        self._entrance = entrance

    @property
    def viewer(self) -> Viewer:
        """Who is asking. Raises Unauthenticated when nobody is signed in."""
        if self._viewer is None:
            raise Unauthenticated
        return self._viewer

    @property
    def scope(self) -> Scope:
        """The accounts that the viewer administers. Raises Forbidden for a plain user (P3)."""
        return self.viewer.scope()

    def require_administrator(self) -> None:
        """Raise Forbidden for a plain user, where what follows shows whatever is in sight (P3)."""
        self.viewer.scope()

    @property
    def entrance(self) -> Entrance:
        """What signing in works with. Raises LookupError where there is no client, as in a job."""
        if self._entrance is None:
            raise LookupError("nobody signs in here")
        return self._entrance

    def adopt(self, viewer: Viewer) -> None:
        """Let the rest of the operation be for somebody who has just signed in."""
        self._viewer = viewer
        self._read_from(self.source)

    def note_change(self, user: User) -> None:
        """Let the rest of the operation be for the viewer as they are now, where it was the viewer who was changed."""
        if self._viewer is not None and self._viewer.user.id == user.id:
            self._viewer = replace(self._viewer, user=user)

    @asynccontextmanager
    async def write(
        self, *, turn_of: str | None = None, dry_run: bool = False, actor: User | None = None
    ) -> AsyncGenerator[Write]:
        """Open the one transaction of a write; what it announces goes out when it is committed (S1).

        With the id of the account whose turn it is going to take, it waits here for others of this process, and holds
        no connection meanwhile. Those with another scope do not wait for each other, or time would tell a stranger that
        the account is there (P4).

        A dry run goes the same way to the end, and leaves nothing behind. Its answer reads in it what it would have
        left, so it is rolled back by the next write, or by `close` (T4). The actor is the viewer, unless told.
        """
        await self.close()
        viewer = self._viewer if actor is None else None
        if viewer is not None:
            actor = viewer.user
        turn = None if turn_of is None else (turn_of, None if actor is None else actor.account_id)
        async with AsyncExitStack() as stack:
            connection = await stack.enter_async_context(self.database.transaction(keeps=not dry_run, turn=turn))
            write = Write(connection, actor, viewer, self.now, self.request_id)
            yield write
            if dry_run:
                self._dry_run = stack.pop_all()
                self._read_from(DryRun(connection))
                return
        self._read_from(self.database)
        for announcement in write.announcements.values():
            self.broker.announce(announcement)

    async def close(self) -> None:
        """Let go of what a dry run holds."""
        dry_run, self._dry_run = self._dry_run, None
        if dry_run is not None:
            self._read_from(self.database)
            with suppress(DatabaseUnavailable):
                await dry_run.aclose()

    @once
    def loaders(self) -> Loaders:
        """Give what loads the edges of things in the viewer's account and its customers.

        A plain user has these loaders, too: the resolvers let such a user see only the own record (P3).
        """
        reads = self._reads if self._dry_run is None else SharedReads(self.source)
        with_licenses = self.selected is not None and "licenses" in self.selected
        return Loaders(self.source, reads, Scope(self.viewer.account_id), with_licenses=with_licenses)

    def _read_from(self, source: Readable) -> None:
        """Read there from now on, and forget what was loaded, which is no longer so."""
        self.source = source
        self.__dict__.pop("loaders", None)
