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
    strawberry.argument(
        description="The account. If left out: every account that the viewer administers. Refused for more than 1000."
    ),
]
OfProducts = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description="The products. If left out: every product that was ever bought."),
]
AccountId = Annotated[strawberry.ID, strawberry.argument(description="The account whose users to watch.")]
MailingId = Annotated[strawberry.ID, strawberry.argument(description="The mailing to follow.")]


async def _user(change: strawberry.Parent[UserChange], info: Info) -> User | None:
    return None if change.kind is ChangeKind.DELETED else await get_user(info.context, change.id)


@strawberry.type(name="UserChange", description="What happened to one user.")
class UserChangeType:
    """What became of one user."""

    kind: ChangeKind = strawberry.field(description="Whether the user was created, changed or deleted.")
    user_id: strawberry.ID = node_id(NodeKind.USER, description="The id of the user.")
    user: UserType | None = resolved(_user, description="The user as of now. Null when deleted.")


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
    description="What is pushed, over WebSockets (graphql-transport-ws) or server-sent events (graphql-sse). A "
    "subscription to something that does not exist, or that the viewer may not see, ends at once without an event.",
)
class Subscription:
    """What is pushed."""

    license_counts: LicenseCountType = subscribed(
        _license_counts,
        description="First the current counts, one event each; then every change. A slow reader gets only the newest "
        "state of each count.",
    )
    user_changes: UserChangeType = subscribed(
        _user_changes,
        description="Every user of the account who is created, changed or deleted from now on. A slow reader gets "
        "several changes of one user as one. For one who is far too slow, it ends with the error FELL_BEHIND.",
    )
    mailing_progress: MailingType = subscribed(
        _mailing_progress,
        description="First the current progress, then each step, until all mails are sent or given up.",
    )
