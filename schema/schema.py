"""The schema as a whole."""

from datetime import datetime
from typing import Final

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

import schema.enums  # noqa: F401  # pyright: ignore[reportUnusedImport] - makes GraphQL enums of the domain's
from completion import UTC_INSTANTS, CompletingExecutor, Planner, strawberry_ways
from schema.mutation import Mutation
from schema.query import Query
from schema.scalars import DATE_TIME, JSON
from schema.subscription import Subscription
from schema.user_errors import USER_ERROR_TYPES

PUBLIC_FIELDS: Final = frozenset(
    {
        "signIn",
        "refreshSession",
        "signOut",
        "completeRegistration",
        "requestPasswordReset",
        "completePasswordReset",
    }
)
"""The mutations that work without a token."""

VIEWER_FIELDS: Final = frozenset({"viewerCan"})
"""Fields that differ between viewers of the same role on the same account; all others are the same for all of them."""


class _Executor(CompletingExecutor, StrawberryGraphQLCoreExecutionContext):  # pyright: ignore[reportIncompatibleVariableOverride]
    """Strawberry's executor, which completes by plans where it is given some."""


def build_schema() -> strawberry.Schema:
    """Make the schema; it is the same each time."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=USER_ERROR_TYPES,
        config=StrawberryConfig(scalar_map={datetime: DATE_TIME, object: JSON}),
        execution_context_class=_Executor,
    )


def build_planner(schema: strawberry.Schema) -> Planner:
    """Make what plans the operations of the schema. Answers are written by msgspec then."""
    return Planner(core_schema(schema), strawberry_ways(schema), natives={"DateTime": UTC_INSTANTS})


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """Give a schema as graphql-core knows it."""
    return schema._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - Strawberry has no other way to it
