"""Loads mailings."""

from domain.mailings import Mailing
from domain.viewers import Scope
from loaders.batches import by_id
from loaders.many_loader import ManyLoader
from loaders.sharing import SharedReads
from persistence import mailings


def mailings_by_id(reads: SharedReads, scope: Scope) -> ManyLoader[str, Mailing | None]:
    """Load mailings that are in sight."""
    return by_id(reads, scope, mailings.mailings_by_id)
