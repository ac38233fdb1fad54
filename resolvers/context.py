"""What one operation works with."""

from datetime import datetime
from functools import cached_property

from domain.refusals import Unauthenticated
from domain.viewers import Scope, Viewer
from loaders.every import Loaders
from persistence.database import Database


class Context:
    """Made anew for each operation, and for each event of a subscription: nothing in it outlives the answer."""

    def __init__(self, database: Database, viewer: Viewer | None, request_id: str, now: datetime) -> None:
        self.database = database
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

    @cached_property
    def loaders(self) -> Loaders:
        """What loads the edges of things in sight; a plain user's sight is checked before (resolvers.nodes)."""
        return Loaders(self.database, Scope(self.viewer.account_id), self.now)
