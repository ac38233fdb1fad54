"""Who is asking."""

from datetime import datetime

import strawberry

from domain.accounts import Account
from domain.users import Role, User
from domain.viewers import Viewer
from resolvers.accounts import account_of
from resolvers.users import get_user
from schema.accounts import AccountType
from schema.nodes import Info, resolved
from schema.users import UserType


async def _account(viewer: strawberry.Parent[Viewer], info: Info) -> Account:
    return await account_of(info.context, viewer.account_id)


async def _user(viewer: strawberry.Parent[Viewer], info: Info) -> User | None:
    return await get_user(info.context, viewer.user.id)


@strawberry.type(name="Viewer", description="Who is asking, and what they may do.")
class ViewerType:
    """Who is asking."""

    user: UserType | None = resolved(_user, description="The signed-in user; null when deleted just now.")
    role: Role = strawberry.field(description="What the viewer may do.")
    account: AccountType = resolved(_account, description="The viewer's own account.")
    expires_at: datetime = strawberry.field(description="When this access token stops working.")
