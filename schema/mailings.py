"""The sending of mails."""

from datetime import datetime

import strawberry

from domain.mailings import Mailing, MailKind
from domain.nodes import NodeKind
from schema.nodes import NodeType, node_id, shows


@strawberry.type(name="Mailing", description="How far the sending of the mails of one action has come.")
class MailingType(NodeType):
    """The sending of the mails of one action."""

    id: strawberry.ID = node_id(NodeKind.MAILING)
    kind: MailKind = strawberry.field(description="What the mails are for.")
    total: int = strawberry.field(description="How many mails in all.")
    sent: int = strawberry.field(description="How many the mail server has taken.")
    failed: int = strawberry.field(description="How many were given up.")
    pending: int = strawberry.field(description="How many are still to be sent.")
    created_at: datetime = strawberry.field(description="When the mails were promised.")
    finished_at: datetime | None = strawberry.field(description="When the last was sent or given up. Null until then.")

    is_type_of = shows(Mailing)
