"""What a subscription works with."""

from datetime import datetime

from domain.viewers import Viewer
from events.broker import Broker
from loaders.sharing import SharedReads
from persistence.database import Database
from resolvers.context import Context
from resolvers.live.watches import Watches


class LiveContext(Context):
    """As a Context, with the watches; made anew for what subscribes, and for the events of each moment."""

    def __init__(  # noqa: PLR0913, PLR0917 - what a Context takes, and the watches
        self,
        database: Database,
        broker: Broker,
        viewer: Viewer | None,
        request_id: str,
        now: datetime,
        watches: Watches,
        reads: SharedReads,
        selected: frozenset[str],
    ) -> None:
        super().__init__(database, broker, viewer, request_id, now, reads=reads, selected=selected)
        self.watches = watches
