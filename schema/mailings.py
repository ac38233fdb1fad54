"""The sending of mails."""

from datetime import datetime
from typing import Any

import strawberry

from domain.mailings import Mailing, MailKind
from domain.nodes import NodeKind, write_id
from schema.nodes import NodeType, resolved


def _id(mailing: strawberry.Parent[Mailing]) -> strawberry.ID:
    return strawberry.ID(write_id(NodeKind.MAILING, mailing.id))


@strawberry.type(name="Mailing", description="How far the sending of the mails of one action has come.")
class MailingType(NodeType):
    """The sending of the mails of one action."""

    id: strawberry.ID = resolved(_id, description="Opaque, unique over every type.")
    kind: MailKind = strawberry.field(description="What the mails are for.")
    total: int = strawberry.field(description="How many mails in all.")
    sent: int = strawberry.field(description="How many the mail server has taken.")
    failed: int = strawberry.field(description="How many were given up.")
    pending: int = strawberry.field(description="How many are still to be sent.")
    created_at: datetime = strawberry.field(description="When the mails were promised.")
    finished_at: datetime | None = strawberry.field(description="When the last was sent or given up. Null until then.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Tell a mailing from other nodes."""
        return isinstance(value, Mailing)
