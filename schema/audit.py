"""What was done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from domain.audit import AuditEvent
from domain.nodes import NodeKind, write_id
from domain.users import User
from resolvers import audit
from resolvers.audit import AuditList, Subject
from schema.connections import Edge, PageInfo, PageInfoType, edges_of, page_info
from schema.nodes import Info, NodeType, resolved
from schema.users import UserType


def _id(event: strawberry.Parent[AuditEvent]) -> strawberry.ID:
    return strawberry.ID(write_id(NodeKind.AUDIT_EVENT, event.id))


async def _actor(event: strawberry.Parent[AuditEvent], info: Info) -> User | None:
    return await audit.actor_of_event(info.context, event)


async def _subject(event: strawberry.Parent[AuditEvent], info: Info) -> Subject | None:
    return await audit.subject_of_event(info.context, event)


@strawberry.type(name="AuditEvent", description="One entry of what was done to an account and its users.")
class AuditEventType(NodeType):
    """One entry of what was done."""

    id: strawberry.ID = resolved(_id, description="Opaque, unique over every type.")
    at: datetime = strawberry.field(description="When.")
    actor: UserType | None = resolved(
        _actor,
        description="Who. Null for the system itself, and when the user is gone or out of the viewer's sight.",
    )
    actor_name: str = strawberry.field(description="The name of the actor as it was then.")
    action: str = strawberry.field(description="The mutation or process, such as toggleAdmin.")
    subject: NodeType | None = resolved(_subject, description="What it was done to. Null when it is gone.")
    subject_name: str = strawberry.field(description="The name of the subject as it was then.")
    changes: object = strawberry.field(description="Field by field, before and after; never a secret.")
    request_id: str = strawberry.field(description="Ties the entry to the log lines of its request.")

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        """Tell an audit entry from other nodes."""
        return isinstance(value, AuditEvent)


@strawberry.type(name="AuditEventEdge", description="An audit entry and its place in the list.")
class AuditEventEdgeType:
    """An audit entry and its place in the list."""

    cursor: str = strawberry.field(description="This place, to go on from with `after`.")
    node: AuditEventType = strawberry.field(description="The entry.")


async def _edges(listed: strawberry.Parent[AuditList], info: Info) -> list[Edge[AuditEvent]]:
    return edges_of(await audit.page_of_audit_events(info.context, listed), listed.order)


async def _nodes(listed: strawberry.Parent[AuditList], info: Info) -> Sequence[AuditEvent]:
    return (await audit.page_of_audit_events(info.context, listed)).items


async def _page_info(listed: strawberry.Parent[AuditList], info: Info) -> PageInfo:
    return page_info(await audit.page_of_audit_events(info.context, listed), listed.order)


@strawberry.type(name="AuditEventConnection", description="What was done, newest first, a page at a time.")
class AuditEventConnectionType:
    """What was done, a page at a time."""

    edges: list[AuditEventEdgeType] = resolved(_edges, description="The entries of the page with their places.")
    nodes: list[AuditEventType] = resolved(_nodes, description="The entries of the page.")
    page_info: PageInfoType = resolved(_page_info, description="Where the page stands in the list.")
