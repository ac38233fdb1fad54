"""The outermost layer: gives every request its id and one line in the log, and takes its time."""

import re
import time
from random import getrandbits
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import refuse_for_fault
from gateway.messages.negotiation import JSON
from gateway.messages.replies import reply_refusal
from gateway.metrics import request_seconds

REQUEST_ID: Final = "gateway.request_id"
LOGGED: Final = "gateway.logged"

_HEADER: Final = b"x-request-id"
_SANE: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
# What nginx and others write for a client that went away before it was answered.
_CLIENT_GONE: Final = 499
_OK: Final = 200
_PROBES: Final = "/health/"


class AccessLog:
    """Wraps the application. The scope of each request holds its id, and a place for what its line is to say."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        # Bound once: what get_logger gives finds out anew for each line how logs are configured.
        self._log = structlog.get_logger("gateway.access").bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and log how it went; a fault that nobody caught is answered here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = scope[REQUEST_ID] = _request_id(scope)
        scope[LOGGED] = {}
        statuses: list[int] = []

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
                _observe(scope, message["status"], time.perf_counter() - started)
                message["headers"] = [*message["headers"], (_HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception as fault:
            if statuses:  # too late for another answer
                raise
            await reply_refusal(send_with_id, refuse_for_fault(fault, request_id), JSON)
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            self._log_request(scope, statuses[0] if statuses else _CLIENT_GONE, milliseconds)

    def _log_request(self, scope: Scope, status: int, milliseconds: float) -> None:
        """Write the line; not for probes that succeed, which come every few seconds."""
        log = self._log.debug if scope["path"].startswith(_PROBES) and status == _OK else self._log.info
        log(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            ms=round(milliseconds, 1),
            **scope[LOGGED],
            request_id=scope[REQUEST_ID],
        )


def _observe(scope: Scope, status: int, seconds: float) -> None:
    route = scope.get("route")
    request_seconds(None if route is None else route.path, status).observe(seconds)


def _request_id(scope: Scope) -> str:
    """Take the id that a proxy gave, if it is a sane one, or make one."""
    for name, value in scope["headers"]:
        if name == _HEADER and _SANE.fullmatch(value):
            return str(value, "ascii")
    return f"{getrandbits(64):016x}"  # no secret, and no call of the operating system
