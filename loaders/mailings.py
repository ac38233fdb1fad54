"""Loads mailings."""

from domain.mailings import Mailing
from domain.viewers import Scope
from loaders.arrivals import ManyLoader
from loaders.batches import by_id
from persistence import mailings
from persistence.database import Database


def mailings_by_id(database: Database, scope: Scope) -> ManyLoader[str, Mailing | None]:
    """Load mailings that are in sight."""
    return by_id(database, lambda connection, ids: mailings.mailings_by_id(connection, scope, ids))
