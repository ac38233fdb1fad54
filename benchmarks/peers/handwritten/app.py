"""The application: a route for each operation, variables in, the bytes of this gateway's answer out."""

import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.peers.handwritten import reading, writing
from benchmarks.peers.handwritten.database import open_pool

Operation = Callable[[Any, dict[str, Any]], Awaitable[dict[str, Any]]]

_OPERATIONS: tuple[Operation, ...] = (
    reading.page,
    reading.ten_fields,
    reading.user,
    reading.accounts,
    reading.search,
    reading.facets,
    writing.assign,
    writing.unassign,
)


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncGenerator[None]:
    app.state.pool = await open_pool(os.environ["DATABASE_URL"], int(os.environ["POOL"]))
    yield
    await app.state.pool.close()


def _route(operation: Operation) -> Route:
    async def answer(request: Request) -> Response:
        data = await operation(request.app.state.pool, orjson.loads(await request.body()))
        return Response(orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z), media_type="application/json")

    return Route(f"/{operation.__name__}", answer, methods=["POST"])


app = Starlette(routes=[_route(operation) for operation in _OPERATIONS], lifespan=_lifespan)
