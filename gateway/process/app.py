"""The application: which layers and routes there are, and what is open while it runs."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Route, Router, WebSocketRoute

from gateway.concurrency import ConcurrencyLimit, OperationLimits
from gateway.documents.deadlines import Deadlines
from gateway.documents.documents import Documents
from gateway.documents.limits import Limits
from gateway.execution import Execution
from gateway.http.access_log import AccessLog
from gateway.http.channel import STOP
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.health import health_routes
from gateway.http.page import page_routes
from gateway.http.patience import PATIENCE
from gateway.http.streams import StreamEndpoint
from gateway.live.live import LIVE, open_live
from gateway.logs import configure_logs
from gateway.process.demo_token import issue_demo_token
from gateway.process.garbage import spare_what_stays
from gateway.process.sampling import sampling
from gateway.process.waiting import open_services_patiently
from gateway.process.worker import running_worker
from gateway.services import SERVICES, open_services
from gateway.settings import Settings
from gateway.sockets.endpoint import SocketEndpoint
from gateway.sockets.lobby import Lobby
from schema.schema import PUBLIC_FIELDS, build_planner, build_schema, core_schema

# What a front end of another origin may send beside the headers that every page may.
_CORS_HEADERS: Final = (
    "authorization",
    "content-type",
    "graphql-require-preflight",
    "x-requested-with",
    "x-request-id",
)

_TOO_MANY_OPERATIONS: Final = "The gateway runs as many operations as it can at once. Try again in a second."
_TOO_MANY_OF_STRANGERS: Final = "Too many who are not signed in ask for something at once. Try again in a second."
_TOO_MANY_LISTENERS: Final = "The gateway holds as many streams and sockets as it can. Try again in a second."


def build_app(settings: Settings, *, job_processes: int | None = None, is_replacement: bool = False) -> Router:
    """Put the application together; nothing connects before it starts.

    It is a router and no Starlette, whose two layers for errors do what the access log does
    (`gateway.http.access_log`). What is open while it runs is in the state of each scope.

    `job_processes` tells of how many processes with a worker in it this is one; with None it has none.
    A replacement takes the place of a process that died, and waits for the database.
    """
    configure_logs(settings)
    documents, execution = _build_execution(settings)
    operations = OperationLimits(
        ConcurrencyLimit(settings.max_operations, message=_TOO_MANY_OPERATIONS),
        ConcurrencyLimit(settings.operations_of_strangers, message=_TOO_MANY_OF_STRANGERS),
    )
    listeners = ConcurrencyLimit(settings.max_sockets, message=_TOO_MANY_LISTENERS)
    open_all = open_services_patiently if is_replacement else open_services

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncGenerator[dict[str, Any]]:
        async with AsyncExitStack() as opened:
            services = await opened.enter_async_context(open_all(settings))
            live = await opened.enter_async_context(open_live(services, documents, execution, operations, settings))
            await opened.enter_async_context(sampling(operations, listeners, services.database))
            spare_what_stays()
            if job_processes is not None:
                worker = await opened.enter_async_context(running_worker(settings, services, processes=job_processes))
                live.at_stop.add(worker.stop)  # while requests finish
            yield {
                SERVICES: services,
                LIVE: live,
                STOP: live.stop,
                PATIENCE: settings.slow_reader_seconds,
            }

    return Router(
        routes=_routes(settings, documents, execution, operations, listeners),
        middleware=[Middleware(AccessLog), *_cors(settings.allowed_origins)],
        lifespan=lifespan,
    )


def _routes(
    settings: Settings,
    documents: Documents,
    execution: Execution,
    operations: OperationLimits,
    listeners: ConcurrencyLimit,
) -> list[BaseRoute]:
    """Say what answers where."""
    answers = GraphQLEndpoint(
        documents,
        execution,
        operations,
        deadlines=Deadlines(settings.operation_deadline_seconds, settings.bulk_deadline_seconds),
        max_body_bytes=settings.max_body_bytes,
    )
    requests = StreamEndpoint(
        answers,
        listeners,
        deadline_seconds=settings.operation_deadline_seconds,
        max_body_bytes=settings.max_body_bytes,
    )
    sockets = SocketEndpoint(settings.allowed_origins, Lobby(settings.lobby_places), listeners)
    page = page_routes(settings, _demo_token) if settings.shows_graphiql else []
    return [Route("/graphql", requests), WebSocketRoute("/graphql", sockets), *health_routes(), *page]


async def _demo_token(request: Request) -> str | None:
    return await issue_demo_token(request.scope["state"][SERVICES])


def _build_execution(settings: Settings) -> tuple[Documents, Execution]:
    schema = build_schema()
    limits = Limits()
    shown = settings.allows_introspection
    return (
        Documents(
            core_schema(schema),
            PUBLIC_FIELDS,
            limits,
            planner=build_planner(schema) if settings.compiled_completion else None,
            allows_introspection=shown,
        ),
        Execution(schema, limits, hides_suggestions=not shown),
    )


def _cors(allowed_origins: Sequence[str]) -> list[Middleware]:
    """Let pages of these origins ask. They send tokens and no cookies: none of the browser's credentials are let in."""
    if not allowed_origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=allowed_origins,
            allow_methods=("GET", "POST"),
            allow_headers=_CORS_HEADERS,
            expose_headers=("x-request-id", "retry-after"),
        )
    ]
