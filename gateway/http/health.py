"""Whether the process runs, and whether it can do its work: what an orchestrator asks."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from events.failures import reason_of
from gateway.services import SERVICES, Services

_PATIENCE_SECONDS: Final = 1.0
_NO_STORE: Final = {"cache-control": "no-store"}

_log: Final = structlog.get_logger("gateway.health")


def health_routes() -> list[Route]:
    """Give the routes of both questions."""
    return [Route("/health/live", _show_live), Route("/health/ready", _Readiness().show)]


async def _show_live(_request: Request) -> Response:
    return _reply({"status": "ok"}, status=200)


class _Readiness:
    """Whether the process can do its work: asked once at a time, however many strangers want to know.

    A check may take a connection of its own to the database, which has few.
    """

    def __init__(self) -> None:
        self._asking: asyncio.Task[dict[str, bool]] | None = None

    async def show(self, request: Request) -> Response:
        """Tell it, and which server is missing; by the check that runs, where there is one."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(_check(request.scope["state"][SERVICES]))
        checks = await asyncio.shield(self._asking)
        ready = all(checks.values())
        shown = {name: "ok" if answered else "unavailable" for name, answered in checks.items()}
        return _reply({"status": "ok" if ready else "unavailable", **shown}, status=200 if ready else 503)


async def _check(services: Services) -> dict[str, bool]:
    """Ask all servers at once."""
    database, redis = await asyncio.gather(
        _answers("database", services.database.ping()), _answers("redis", services.broker.ping())
    )
    return {"database": database, "redis": redis}


async def _answers(name: str, ping: Coroutine[Any, Any, None]) -> bool:
    """Tell whether one of the servers answers within a second; why it does not is for the log only.

    A driver may take its time even to give up on a server that hangs: nobody waits for that.
    """
    asking = asyncio.create_task(ping)
    await asyncio.wait({asking}, timeout=_PATIENCE_SECONDS)
    if not asking.done():
        asking.cancel()
        _log.warning("no answer", server=name, reason="it took too long")
        return False
    if (error := asking.exception()) is not None:
        _log.warning("no answer", server=name, reason=reason_of(error))
    return error is None


def _reply(payload: dict[str, str], *, status: int) -> Response:
    return Response(orjson.dumps(payload), status_code=status, media_type="application/json", headers=_NO_STORE)
