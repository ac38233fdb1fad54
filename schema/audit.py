"""What was done."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from domain.audit import AuditEvent
from domain.nodes import NodeKind
from domain.users import User
from resolvers import audit
from resolvers.audit import AuditList, SubjectRecord
from schema.connections import OrderedPage, PageInfoType, edges_of, nodes_of, page_info_of
from schema.nodes import Info, NodeType, batched, node_id, part_of, shows
from schema.users import UserType


async def _actors(of_events: Sequence[AuditEvent], info: Info) -> Sequence[User | None]:
    return await audit.actors_of_events(info.context, of_events)


async def _subjects(of_events: Sequence[AuditEvent], info: Info) -> Sequence[SubjectRecord | None]:
    return await audit.subjects_of_events(info.context, of_events)


@strawberry.type(
    name="AuditEvent", description="An entry of the audit log: something that was done to an account or its users."
)
class AuditEventType(NodeType):
    """One entry of what was done."""

    id: strawberry.ID = node_id(NodeKind.AUDIT_EVENT)
    at: datetime = strawberry.field(description="When it was done.")
    actor: UserType | None = batched(
        _actors,
        description="Who did it. Null if that was the gateway itself, if the user was deleted, and if the viewer may "
        "not see the user.",
    )
    actor_name: str = strawberry.field(description="The name of the actor as it was then.")
    action: str = strawberry.field(
        description="The name of the mutation, such as `toggleAdmin`; `sync` where an outside source wrote the entry."
    )
    subject: NodeType | None = batched(_subjects, description="What it was done to. Null if that is gone.")
    subject_name: str = strawberry.field(description="The name of the subject as it was then.")
    changes: object = strawberry.field(
        description="The value of each changed field before and after. For bulk actions also the target, and how many "
        "users were changed. Passwords and tokens never appear here."
    )
    request_id: str = strawberry.field(
        description="The id of the request that did it, as in the log lines of the gateway."
    )

    is_type_of = shows(AuditEvent)


@strawberry.type(name="AuditEventEdge", description="An audit entry and its place in the list.")
class AuditEventEdgeType:
    """An audit entry and its place in the list."""

    cursor: str = strawberry.field(description="Marks this place: pass it as `after` to go on from here.")
    node: AuditEventType = strawberry.field(description="The entry.")


async def _pages(lists: Sequence[AuditList], info: Info) -> Sequence[OrderedPage[AuditEvent]]:
    pages = await audit.pages_of_audit_events(info.context, lists)
    return [OrderedPage(page, listed.order) for page, listed in zip(pages, lists, strict=True)]


@strawberry.type(
    name="AuditEventConnection", description="The audit log of an account, newest first, a page at a time."
)
class AuditEventConnectionType:
    """What was done, a page at a time."""

    edges: list[AuditEventEdgeType] = part_of(
        _pages, edges_of, description="The entries of the page, each with its cursor."
    )
    nodes: list[AuditEventType] = part_of(_pages, nodes_of, description="The entries of the page.")
    page_info: PageInfoType = part_of(_pages, page_info_of, description="Where the page stands in the list.")
