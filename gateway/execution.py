"""Runs prepared operations: variables coerced once, the cost checked, then graphql-core's executor.

The executor is made here rather than by `graphql.execute`, which looks the operation up, gathers the fragments and
coerces the variables again for each request.
"""

import time
from collections.abc import AsyncIterable, Awaitable, Callable
from inspect import isawaitable
from typing import Any, Final, cast

import strawberry
from graphql import (
    ExecutionResult,
    OperationType,
    create_source_event_stream,  # pyright: ignore[reportUnknownVariableType] - graphql-core leaves a context type open
    default_field_resolver,  # pyright: ignore[reportUnknownVariableType] - the same
    default_type_resolver,  # pyright: ignore[reportUnknownVariableType] - the same
)
from graphql.execution.values import VariableValues
from msgspec import Struct
from strawberry.execution import optimized_is_awaitable

from domain.refusals import BadUserInput
from gateway.documents.limits import TOO_COMPLEX, Limits
from gateway.documents.operations import Operation
from gateway.errors import RequestError, refuse_document, refuse_errors
from gateway.identity.viewers import RecentViewers
from gateway.metrics import operation_seconds
from resolvers.context import Context
from schema.schema import core_schema

# Values of an answer: to complete as many takes as long as to write what completes them.
_WORTH_A_PLAN: Final = 200


class Run(Struct, frozen=True, eq=False):
    """An operation with the variables of one request, which nothing keeps from being run."""

    operation: Operation
    variables: VariableValues
    cost: int
    extensions: dict[str, Any]


class Execution:
    """Runs the operations of a schema."""

    def __init__(self, schema: strawberry.Schema, limits: Limits, *, hides_suggestions: bool) -> None:
        self._schema = core_schema(schema)
        self._make_executor = cast("Callable[..., Any]", schema.execution_context_class)
        self._limits = limits
        self._hides_suggestions = hides_suggestions

    def admit(self, operation: Operation, variables: dict[str, Any]) -> Run:
        """Coerce the variables, and check what the operation costs with them. Raises RequestError."""
        coerced = operation.variables.read(variables, hide_suggestions=self._hides_suggestions)
        if isinstance(coerced, list):
            raise refuse_errors(coerced, code=BadUserInput.code)
        cost = operation.weight.total(coerced.coerced)
        extensions = {"cost": {"requested": cost, "maximum": self._limits.cost}}
        if cost > self._limits.cost:
            raise _too_costly(cost, self._limits.cost, extensions)
        return Run(operation, coerced, cost, extensions)

    def start(self, run: Run, context: Context, root: object = None) -> ExecutionResult | Awaitable[ExecutionResult]:
        """Run a query or a mutation, or a subscription for one of its events, which then is the root.

        The result is there at once when nothing had to be waited for.
        """
        # No schema of ours has @defer or @stream: there is always one result.
        executor = self._executor(run, context, root)
        return cast("ExecutionResult | Awaitable[ExecutionResult]", executor.execute_operation())

    async def finish(self, run: Run, context: Context, viewers: RecentViewers) -> ExecutionResult:
        """Run a query, or a mutation, which may change what is known of those who were seen just now."""
        started = time.perf_counter()
        result = self.start(run, context)
        try:
            return await result if isawaitable(result) else result
        finally:
            operation_seconds(run.operation.kind.value).observe(time.perf_counter() - started)
            if run.operation.kind is OperationType.MUTATION:
                viewers.clear()
                await context.close()

    async def subscribe(self, run: Run, context: Context) -> AsyncIterable[Any] | ExecutionResult:
        """Call what a subscription subscribes to, and give what that gives; a result tells why there is nothing."""
        stream = create_source_event_stream(self._executor(run, context, None))
        return await stream if isawaitable(stream) else stream

    def _executor(self, run: Run, context: Context, root: object) -> Any:
        operation = run.operation
        executor = self._make_executor(
            self._schema,
            operation.fragments.definitions,
            operation.fragments.details,
            root,
            context,
            operation.definition,
            run.variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            is_awaitable=optimized_is_awaitable,
            hide_suggestions=self._hides_suggestions,
        )
        if operation.plans is not None:
            executor.use_plans(operation.plans, at_once=run.cost >= _WORTH_A_PLAN)
        return executor


def _too_costly(cost: int, maximum: int, extensions: dict[str, Any]) -> RequestError:
    refusal = refuse_document(
        f"The answer could hold {cost} values, and {maximum} are the most: ask for smaller pages.", code=TOO_COMPLEX
    )
    refusal.extensions = extensions
    return refusal
