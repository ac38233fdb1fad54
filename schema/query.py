"""What can be read."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import strawberry

from domain.accounts import Account
from domain.nodes import NodeKind, read_id
from domain.products import Product
from domain.refusals import BadUserInput
from domain.users import User
from domain.viewers import Viewer
from resolvers.accounts import get_account
from resolvers.nodes import Node, get_node
from resolvers.products import list_products
from resolvers.users import UserList, get_user
from schema.accounts import AccountConnectionType, AccountType, list_accounts
from schema.connections import After, Before, First, Last
from schema.nodes import Info, NodeType, batched, resolved
from schema.products import ProductType
from schema.user_filters import BY_NAME
from schema.users import Filter, OrderBy, Search, UserConnectionType, UserType, lists_of_users
from schema.viewers import ViewerType

MAX_NODES = 200

NodeId = Annotated[strawberry.ID, strawberry.argument(description="The id of any object.")]
NodeIds = Annotated[list[strawberry.ID], strawberry.argument(description="At most 200 ids of any objects.")]
AccountId = Annotated[strawberry.ID, strawberry.argument(description="The id of the account.")]
UserId = Annotated[strawberry.ID, strawberry.argument(description="The id of the user.")]
OfAccount = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="The account. If left out: every account that the viewer administers."),
]


def _viewer(info: Info) -> Viewer:
    return info.context.viewer


async def _node(info: Info, id: NodeId) -> Node | None:  # noqa: A002 - the name of the argument
    return await get_node(info.context, id)


async def _nodes(info: Info, ids: NodeIds) -> Sequence[Node | None]:
    if len(ids) > MAX_NODES:
        raise BadUserInput(f"At most {MAX_NODES} ids can be asked for at once; {len(ids)} were given.")
    return await asyncio.gather(*[get_node(info.context, node_id) for node_id in ids])


async def _account(_root: Sequence[None], info: Info, id: AccountId) -> Sequence[Account | None]:  # noqa: A002 - the name of the argument
    return [await get_account(info.context, read_id(NodeKind.ACCOUNT, id))]


async def _user(_root: Sequence[None], info: Info, id: UserId) -> Sequence[User | None]:  # noqa: A002 - the same
    return [await get_user(info.context, read_id(NodeKind.USER, id))]


def _users(  # noqa: PLR0913, PLR0917 - the arguments of the field
    info: Info,
    account_id: OfAccount = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    search: Search = None,
    filter: Filter = None,  # noqa: A002 - the name of the argument
    order_by: OrderBy = BY_NAME,
) -> UserList:
    account = None if account_id is None else read_id(NodeKind.ACCOUNT, account_id)
    (listed,) = lists_of_users(info, [account], first, after, last, before, search, filter, order_by)
    return listed


async def _products(info: Info) -> Sequence[Product]:
    return await list_products(info.context)


@strawberry.type(
    name="Query",
    description="What can be read. Plain users can read only their own record. Everything else needs an account admin "
    "or a partner.",
)
class Query:
    """What can be read."""

    viewer: ViewerType = resolved(_viewer, description="Who is asking, and what they may do.")
    node: NodeType | None = resolved(
        _node,
        description="The object with this id; null when it does not exist or the viewer may not see it.",
    )
    nodes: list[NodeType | None] = resolved(
        _nodes,
        description="The objects with these ids, in the same order, each as `node` gives it.",
    )
    account: AccountType | None = batched(
        _account, description="The account with this id; null when it does not exist or the viewer may not see it."
    )
    accounts: AccountConnectionType = resolved(
        list_accounts,
        description="The accounts that the viewer administers: for a partner, the partner account and its customer "
        "accounts; for an account admin, the own account.",
    )
    user: UserType | None = batched(
        _user, description="The user with this id; null when they do not exist or the viewer may not see them."
    )
    users: UserConnectionType = resolved(
        _users,
        description="The users of one account or, without `accountId`, of every account that the viewer administers.",
    )
    products: list[ProductType] = resolved(_products, description="All products, by name.")
