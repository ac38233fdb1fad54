"""What was done to an account and its users (O1)."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from domain.paging import Key


class SubjectKind(StrEnum):
    """What kind of thing an audit entry is about."""

    ACCOUNT = "ACCOUNT"
    USER = "USER"
    LICENSE_COUNT = "LICENSE_COUNT"
    LICENSE_SUBSCRIPTION = "LICENSE_SUBSCRIPTION"


class AuditEvent(Struct, frozen=True):
    """One entry: who did what to whom, when, with the names as they were then.

    `changes` holds field by field what stood before and after, and never a secret.
    """

    id: str
    account_id: str
    at: datetime
    actor_id: str | None
    actor_name: str
    action: str
    subject_kind: SubjectKind | None
    subject_id: str | None
    subject_name: str
    changes: object
    request_id: str


class Subject(Struct, frozen=True):
    """What something was done to, with its name as it was then."""

    kind: SubjectKind
    id: str
    name: str


Changes = dict[str, dict[str, object]]
"""By the name of a field: what stood `before` and what stands `after`."""


def change(field: str, before: object, after: object) -> Changes:
    """Note one field."""
    return {field: {"before": before, "after": after}}


class NewestFirst(Struct, frozen=True):
    """The one order of audit entries: by time, then by id, from the newest on."""

    name: str = "audit DESC"
    by_time: bool = True

    def key(self, event: AuditEvent) -> Key:
        """Give the instant by which this entry is sorted."""
        return event.at
