"""The schema as a whole."""

from datetime import datetime
from typing import Final

import strawberry
from strawberry.schema.config import StrawberryConfig

import schema.enums  # noqa: F401  # pyright: ignore[reportUnusedImport] - makes GraphQL enums of the domain's
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

VIEWER_FIELDS: Final = ("viewerCan",)
"""Fields that differ between viewers of the same role on the same account; all others are the same for all of them."""


def build_schema() -> strawberry.Schema:
    """Make the schema; it is the same each time."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=USER_ERROR_TYPES,
        config=StrawberryConfig(scalar_map={datetime: DATE_TIME, object: JSON}),
    )
