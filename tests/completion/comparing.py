"""Runs an operation by its plans, and again by graphql-core's own executor, on the same data at the same moment."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import isawaitable
from typing import Any

import orjson
from graphql import DirectiveNode, ExecutionResult, NameNode
from graphql.type.directives import GraphQLDisableErrorPropagationDirective
from msgspec import structs

from gateway.documents.documents import Documents
from gateway.documents.limits import Limits
from gateway.documents.operations import Operation
from gateway.execution import Execution
from gateway.messages.replies import write_answer
from resolvers.context import Context
from schema.schema import build_planner, build_schema, core_schema

SCHEMA = build_schema()
LIMITS = Limits()
DOCUMENTS = Documents(
    core_schema(SCHEMA), frozenset(), LIMITS, planner=build_planner(SCHEMA), allows_introspection=True
)
EXECUTION = Execution(SCHEMA, LIMITS, hides_suggestions=False)


@dataclass
class Answer:
    """The data as bytes, and the errors in an order of their own: fields that run at once fail in any order."""

    data: bytes
    errors: list[str]


def without_propagation(operation: Operation) -> Operation:
    """Let every field fail for itself, so that no error hides another."""
    directive = DirectiveNode(name=NameNode(value=GraphQLDisableErrorPropagationDirective.name), arguments=())
    definition = replace(operation.definition, directives=(directive,))
    return structs.replace(operation, plans=None, definition=definition)


async def answers(
    text: str, variables: dict[str, Any], make_context: Callable[[], Context]
) -> tuple[Answer, Answer, Operation]:
    """Give the answer by plans and the answer without. Raises RequestError for what is not run at all."""
    operation = DOCUMENTS.prepare(text).choose(None)
    context = make_context()
    context.selected = operation.selected
    by_plans = await run(operation, variables, context)
    without = await run(structs.replace(operation, plans=None), variables, make_context())
    return by_plans, without, operation


async def run(operation: Operation, variables: dict[str, Any], context: Context) -> Answer:
    """Run an operation once."""
    result: Any = EXECUTION.start(EXECUTION.admit(operation, variables), context)
    if isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult)
    errors = [orjson.dumps(error.formatted).decode() for error in result.errors or ()]
    return Answer(write_answer(result.data), sorted(errors))
