"""Loads audit entries."""

from msgspec import Struct

from domain.audit import AuditEvent
from domain.paging import Page, PageRequest
from domain.viewers import Scope
from loaders.batches import by_id, one_by_one
from loaders.many_loader import ManyLoader
from loaders.sharing import SharedReads
from persistence import audit
from persistence.database import Readable


class AuditPageKey(Struct, frozen=True):
    """A page of what was done to an account."""

    account_id: str
    request: PageRequest


def events_by_id(reads: SharedReads, scope: Scope) -> ManyLoader[str, AuditEvent | None]:
    """Load entries that are in sight."""
    return by_id(reads, scope, audit.events_by_id)


def pages_of_events(source: Readable, scope: Scope) -> ManyLoader[AuditPageKey, Page[AuditEvent]]:
    """Load pages of what was done."""
    return one_by_one(source, lambda connection, key: audit.audit_page(connection, scope, key.account_id, key.request))
