"""The schema and the application."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import strawberry
from redis.asyncio import Redis
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import async_sessionmaker
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from benchmarks.peers.strawberry import models
from benchmarks.peers.strawberry.announcements import Announcements
from benchmarks.peers.strawberry.context import Context, Info
from benchmarks.peers.strawberry.listing import Listing
from benchmarks.peers.strawberry.loaders import Loaders
from benchmarks.peers.strawberry.types import AccountConnection, LicenseCount, User, UserConnection, resolved, row_id
from benchmarks.peers.strawberry.writing import Mutation


def _users(info: Info, account_id: strawberry.ID, first: int = 50, search: str | None = None) -> Listing:
    return Listing(info.context.sessions, row_id(account_id), first, search)


async def _user(info: Info, id: strawberry.ID) -> models.User | None:  # noqa: A002 - the name of the argument
    async with info.context.sessions() as session:
        return await session.get(models.User, row_id(id))


async def _accounts(info: Info, first: int = 50) -> AccountConnection:
    account = models.Account
    partner = (
        select(account.id)
        .where(account.kind == models.AccountKind.PARTNER)
        .order_by(account.number)
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(account)
        .where(or_(account.id == partner, account.partner_id == partner))
        .order_by(account.name_key, account.id)
        .limit(first)
    )
    async with info.context.sessions() as session:
        nodes: Any = list(await session.scalars(query))
    return AccountConnection(nodes=nodes)


@strawberry.type
class Query:
    """What can be read."""

    users: UserConnection = resolved(_users)
    user: User | None = resolved(_user)
    accounts: AccountConnection = resolved(_accounts)


@strawberry.type
class Subscription:
    """What can be listened to."""

    @strawberry.subscription
    async def license_counts(self, info: Info, account_id: strawberry.ID) -> AsyncGenerator[LicenseCount]:
        """Give each change of a count."""
        given: Any = info.context.announcements.listen(account_id)
        async for count in given:
            yield count


class _Endpoint(GraphQL[Context, None]):
    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002
        """Make loaders of its own for each request."""
        sessions = request.app.state.sessions
        return Context(sessions, request.app.state.announcements, Loaders(sessions))


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncGenerator[None]:
    engine = models.open_engine(os.environ["DATABASE_URL"], int(os.environ["POOL"]))
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    app.state.announcements = Announcements(Redis.from_url(os.environ["REDIS_URL"]))
    yield
    await app.state.announcements.close()
    await engine.dispose()


_schema = strawberry.Schema(Query, Mutation, Subscription, extensions=[ParserCache, ValidationCache])

_endpoint = _Endpoint(_schema, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])

app = Starlette(routes=[Route("/graphql", _endpoint), WebSocketRoute("/graphql", _endpoint)], lifespan=_lifespan)
