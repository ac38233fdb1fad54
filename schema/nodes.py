"""What has an id, and how the types find their records."""

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.types.base import StrawberryOptional
from strawberry.types.lazy_type import LazyType

from completion import OfClass, one_of_many, part_of_many, prefixed
from domain.nodes import NodeKind, write_id
from resolvers.context import Context

Info = strawberry.Info[Context, None]

ACCOUNT: Any = LazyType[Any, Any]("AccountType", "schema.accounts")
"""The one type that is named before it is defined: users and counts have an account, and it has users and counts."""


OPTIONAL_ACCOUNT: Any = StrawberryOptional(ACCOUNT)


def resolved(resolver: Callable[..., Any], *, description: str, graphql_type: Any = None) -> Any:
    """Make a field of a resolver that gives a record, where the field's annotation names the record's GraphQL type.

    Only here is one taken for the other, so that everywhere else both are checked for what they are.
    """
    return strawberry.field(resolver=resolver, description=description, graphql_type=graphql_type)


def subscribed(resolver: Callable[..., Any], *, description: str) -> Any:
    """Make a field of a resolver that gives a source of records, where the annotation names their GraphQL type."""
    return strawberry.subscription(resolver=resolver, description=description)


def batched(resolver: Callable[..., Any], *, description: str, graphql_type: Any = None) -> Any:
    """Make a field as `resolved` does, of a resolver that takes many records and gives what each of them has.

    It is awaited once for all records of a list, and it only reads.
    """
    return resolved(one_of_many(resolver), description=description, graphql_type=graphql_type)


def node_id(kind: NodeKind, *, description: str = "An opaque id, unique across all types.") -> Any:
    """Make the field of the id of a record, as `domain.nodes.write_id` gives it."""
    return resolved(prefixed(write_id(kind, ""), "id"), description=description)


def shows(record: type) -> Any:
    """Make the `is_type_of` of a type that shows records of this class."""
    return OfClass(record)


def part_of(whole: Callable[..., Any], read: Callable[[Any], Any], *, description: str) -> Any:
    """Make a field of what is read from the result of a resolver that takes many records, as for `batched`.

    Fields that are parts of the same have it resolved once.
    """
    return resolved(part_of_many(whole, read), description=description)


@strawberry.interface(name="Node", description="An object that can be asked for again by its id.")
class NodeType:
    """Whatever has an id."""

    id: strawberry.ID = strawberry.field(description="An opaque id, unique across all types. It never changes.")
