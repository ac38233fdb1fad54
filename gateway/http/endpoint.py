"""GraphQL over HTTP: one request, one operation, one answer.

An ASGI application that reads in the order in which a request passes through it. Nothing here knows what the
operations are about.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from graphql import ExecutionResult, OperationType
from starlette.types import Receive, Scope, Send

from gateway.concurrency import OperationLimits
from gateway.documents.deadlines import Deadlines
from gateway.documents.documents import Documents
from gateway.documents.operations import Operation
from gateway.errors import RequestError, answer_of, refuse_request, refuse_without_data
from gateway.execution import Execution
from gateway.http.access_log import LOGGED, REQUEST_ID
from gateway.http.authentication import require_viewer
from gateway.http.watchdog import Watch, Watchdog
from gateway.messages.bodies import ClientGone, read_headers, receive_body
from gateway.messages.clients import client_of
from gateway.messages.negotiation import JSON, negotiate
from gateway.messages.parameters import Parameters, read_body, read_query_string
from gateway.messages.replies import reply_refusal, reply_result
from gateway.services import SERVICES, Services

# A page of another site can have a browser send a GET, but with one of these headers only where CORS allows it.
_PREFLIGHT_HEADERS: Final = frozenset({b"graphql-require-preflight", b"x-requested-with"})
_LOGGED_NAME_CHARACTERS: Final = 80

_NOT_ACCEPTABLE: Final = "Accept application/graphql-response+json, or text/event-stream with POST."
_MANY_ANSWERS: Final = "A subscription has many answers: POST it and accept only text/event-stream, or use a WebSocket."


class GraphQLEndpoint:
    """Answers what comes to `/graphql`."""

    def __init__(
        self,
        documents: Documents,
        execution: Execution,
        operations: OperationLimits,
        *,
        deadlines: Deadlines,
        max_body_bytes: int,
    ) -> None:
        self._documents = documents
        self._execution = execution
        self._operations = operations
        self._deadlines = deadlines
        self._watchdog = Watchdog(deadlines.ordinary)
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; one whose client has gone gets no answer."""
        headers = read_headers(scope)
        media_type = negotiate(headers.get(b"accept", b""))
        try:
            if media_type is None:
                raise refuse_request(_NOT_ACCEPTABLE, code="NOT_ACCEPTABLE", status=406)
            payload = await self._watchdog.watch(partial(self._answer, scope, headers, receive), scope[REQUEST_ID])
        except ClientGone:
            return
        except RequestError as refusal:
            await reply_refusal(send, refusal, media_type or JSON)
        else:
            await reply_result(send, payload, media_type)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, watch: Watch
    ) -> dict[str, Any]:
        """Give the answer. Raises RequestError, ClientGone."""
        sent = await self._read(scope, headers, receive)
        with self._operations.take():
            parameters = read_body(sent) if scope["method"] == "POST" else read_query_string(sent)
            watch.look_after_client(receive)
            operation = self._choose(parameters, scope)
            watch.allow(self._deadlines.of(operation))
            with self._operations.take_as_stranger(needs_viewer=operation.needs_viewer):
                return await self._run(operation, parameters, scope, headers.get(b"authorization"))

    async def _read(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        """Take what is asked, in one of the two ways in which it can be asked. Raises RequestError, ClientGone."""
        if scope["method"] == "POST":
            return await receive_body(headers, receive, self._max_body_bytes)
        if scope["method"] == "GET":
            if _PREFLIGHT_HEADERS.isdisjoint(headers):
                raise refuse_request("A GET needs the header GraphQL-Require-Preflight.", code="PREFLIGHT_REQUIRED")
            query_string: bytes = scope["query_string"]
            return query_string
        raise _method_not_allowed("Use POST, or GET for queries.", allow=b"GET, POST")

    def _choose(self, parameters: Parameters, scope: Scope) -> Operation:
        """Find out what is to be run. Raises RequestError."""
        operation = self._documents.prepare(parameters.query).choose(parameters.operation_name)
        if operation.name:
            scope[LOGGED]["operation"] = operation.name[:_LOGGED_NAME_CHARACTERS]
        _check_kind(operation, scope["method"])
        return operation

    async def _run(
        self, operation: Operation, parameters: Parameters, scope: Scope, authorization: bytes | None
    ) -> dict[str, Any]:
        """Find out for whom it is to be run, and run it."""
        services: Services = scope["state"][SERVICES]
        now = datetime.now(UTC)
        viewer = None
        if operation.needs_viewer:
            reads = operation.kind is OperationType.QUERY
            viewer = await require_viewer(services, authorization, now, may_be_recent=reads)
            scope[LOGGED]["user_id"] = viewer.user.id
            self._documents.keep(parameters.query)
        run = self._execution.admit(operation, parameters.variables)
        context = services.make_context(
            viewer, request_id=scope[REQUEST_ID], now=now, client=client_of(scope), selected=operation.selected
        )
        result = await self._execution.finish(run, context, services.viewers)
        return _payload(result, run.extensions, scope)


def _check_kind(operation: Operation, method: str) -> None:
    """Refuse what one answer to this method cannot do."""
    if operation.kind is OperationType.SUBSCRIPTION:
        raise refuse_request(_MANY_ANSWERS, code="NOT_SUPPORTED")
    if operation.kind is OperationType.MUTATION and method != "POST":
        raise _method_not_allowed("A mutation must be sent by POST.", allow=b"POST")


def _payload(result: ExecutionResult, extensions: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """Give the body of the answer. Raises RequestError where there is none without the database."""
    answer = answer_of(result, scope[REQUEST_ID], extensions)
    if errors := answer.get("errors"):
        scope[LOGGED]["errors"] = len(errors)
        if result.data is None and (refusal := refuse_without_data(errors)):
            raise refusal
    return answer


def _method_not_allowed(message: str, *, allow: bytes) -> RequestError:
    return refuse_request(message, code="METHOD_NOT_ALLOWED", status=405, headers=[(b"allow", allow)])
