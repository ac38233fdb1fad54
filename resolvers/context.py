"""What one operation works with."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from functools import cached_property

from domain.refusals import Unauthenticated
from domain.viewers import Scope, Viewer
from events.broker import Broker
from loaders.every import Loaders
from persistence.database import Database
from resolvers.writes import Write


class Context:
    """Made anew for each operation, and for each event of a subscription: nothing in it outlives the answer."""

    def __init__(
        self, database: Database, broker: Broker, viewer: Viewer | None, request_id: str, now: datetime
    ) -> None:
        self.database = database
        self.broker = broker
        self.request_id = request_id
        self.now = now
        self._viewer = viewer

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

    @asynccontextmanager
    async def write(self, *, dry_run: bool = False) -> AsyncGenerator[Write]:
        """Open the one transaction of a write; what it announces goes out when it is committed (S1).

        A dry run goes the same way to the end, and leaves nothing behind (T4).
        """
        async with self.database.transaction(keeps=not dry_run) as connection:
            write = Write(connection, None if self._viewer is None else self._viewer.user, self.request_id)
            yield write
        if not dry_run:
            for announcement in write.announcements.values():
                self.broker.announce(announcement)

    @cached_property
    def loaders(self) -> Loaders:
        """What loads the edges of things in sight; a plain user's sight is checked before (resolvers.nodes)."""
        return Loaders(self.database, Scope(self.viewer.account_id), self.now)
