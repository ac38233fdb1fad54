"""What is pushed."""

from collections.abc import AsyncIterable
from typing import Annotated, Any

import strawberry

from domain.nodes import NodeKind, read_id
from domain.user_changes import ChangeKind, UserChange
from domain.users import User
from resolvers.live import subscriptions
from resolvers.live.context import LiveContext
from resolvers.users import get_user
from schema.licenses import LicenseCountType
from schema.mailings import MailingType
from schema.nodes import Info, node_id, resolved, subscribed
from schema.users import UserType

LiveInfo = strawberry.Info[LiveContext, None]

OfAccount = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Without it: of every account that the viewer administers, at most 1000."),
]
OfProducts = Annotated[
    list[strawberry.ID] | None, strawberry.argument(description="Without it: of every product that was ever bought.")
]
AccountId = Annotated[strawberry.ID, strawberry.argument(description="The account whose users to watch.")]
MailingId = Annotated[strawberry.ID, strawberry.argument(description="The mailing to follow.")]


async def _user(change: strawberry.Parent[UserChange], info: Info) -> User | None:
    return None if change.kind is ChangeKind.DELETED else await get_user(info.context, change.id)


@strawberry.type(name="UserChange", description="What became of one user.")
class UserChangeType:
    """What became of one user."""

    kind: ChangeKind = strawberry.field(description="Whether the user was created, changed or deleted.")
    user_id: strawberry.ID = node_id(NodeKind.USER, description="The id of the user.")
    user: UserType | None = resolved(_user, description="The user, as it stands when this is told. Null when deleted.")


async def _license_counts(
    info: LiveInfo, account_id: OfAccount = None, product_ids: OfProducts = None
) -> AsyncIterable[Any]:
    account = None if account_id is None else read_id(NodeKind.ACCOUNT, account_id)
    products = None if product_ids is None else [read_id(NodeKind.PRODUCT, id_) for id_ in product_ids]
    return await subscriptions.watch_license_counts(info.context, account, products)


async def _user_changes(info: LiveInfo, account_id: AccountId) -> AsyncIterable[Any]:
    return await subscriptions.watch_user_changes(info.context, read_id(NodeKind.ACCOUNT, account_id))


async def _mailing_progress(info: LiveInfo, mailing_id: MailingId) -> AsyncIterable[Any]:
    return await subscriptions.watch_mailing(info.context, read_id(NodeKind.MAILING, mailing_id))


@strawberry.type(
    name="Subscription",
    description="What is pushed, over WebSockets (graphql-transport-ws) and over server-sent events (graphql-sse). "
    "Each ends by itself, without an event, for what does not exist or is out of the viewer's sight.",
)
class Subscription:
    """What is pushed."""

    license_counts: LicenseCountType = subscribed(
        _license_counts,
        description="First the counts as they stand, one event each; then each change, newest state only when the "
        "reader is slow.",
    )
    user_changes: UserChangeType = subscribed(
        _user_changes,
        description="Each user of the account that is created, changed or deleted from now on. A reader who is slow "
        "gets the changes of one user as one; one who is far too slow gets FELL_BEHIND.",
    )
    mailing_progress: MailingType = subscribed(
        _mailing_progress,
        description="First the state as it stands, then each step, until it is finished.",
    )
