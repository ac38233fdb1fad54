"""Anything that has an id."""

from domain.accounts import Account
from domain.audit import AuditEvent
from domain.licenses import LicenseCount, LicenseSubscription
from domain.mailings import Mailing
from domain.nodes import NodeKind, read_node_id
from domain.products import Product
from domain.users import Role, User
from resolvers.context import Context
from resolvers.users import get_user

Node = Account | AuditEvent | LicenseCount | LicenseSubscription | Mailing | Product | User


async def get_node(context: Context, node_id: str) -> Node | None:  # noqa: PLR0911 - one for each kind
    """Give the object with this id; None where there is none or it is out of the viewer's sight (P3, P4)."""
    viewer = context.viewer
    named = read_node_id(node_id)
    if named is None:
        return None
    if named.kind is NodeKind.USER:
        return await get_user(context, named.id)
    if viewer.role is Role.USER:
        return None
    match named.kind:
        case NodeKind.ACCOUNT:
            return await context.loaders.accounts.load(named.id)
        case NodeKind.PRODUCT:
            return await context.loaders.products.load(named.id)
        case NodeKind.LICENSE_COUNT:
            return await context.loaders.license_counts_by_id.load(named.id)
        case NodeKind.LICENSE_SUBSCRIPTION:
            return await context.loaders.license_subscriptions_by_id.load(named.id)
        case NodeKind.AUDIT_EVENT:
            return await context.loaders.audit_events.load(named.id)
        case NodeKind.MAILING:
            return await context.loaders.mailings.load(named.id)
