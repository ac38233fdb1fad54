"""How the value of a field is come by, for fields that a plan can read without the executor."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from graphql import GraphQLField, GraphQLObjectType, GraphQLResolveInfo
from msgspec import Struct

Info: TypeAlias = "GraphQLResolveInfo[Any]"
"""What resolvers are told of their field."""

CallMany: TypeAlias = Callable[[Sequence[Any], Info, dict[str, Any]], Awaitable[Sequence[Any]] | Sequence[Any]]


class Attribute(Struct, frozen=True):
    """It is an attribute of the record, behind a prefix where there is one.

    With the type that the record declares, where it does, a plan need not look at each value for it.
    """

    name: str
    declared: Any = None
    prefix: str = ""


class Call(Struct, frozen=True):
    """It follows from the record alone, at once."""

    function: Callable[[Any], Any]


class Bound(Struct, frozen=True):
    """It follows from the record and the field's arguments, at once.

    `bind` takes the field's information, and its arguments as graphql-core coerces them, and gives the function of a
    record. It is called once for each run; the path in the information is that of the value which the plan completes,
    and there is none where that is the whole answer.
    """

    bind: Callable[[Info, dict[str, Any]], Callable[[Any], Any]]


class Batch(Struct, frozen=True):
    """It is found for many records by one call, which gives a value for each of them in their order.

    The call takes the records, the field's information, and its arguments as graphql-core coerces them. The path in
    the information is that of the value which the plan completes, not that of a record. The call only reads:
    when anything about the value is wrong, the executor asks again, record by record.
    """

    call: CallMany


class Part(Struct, frozen=True):
    """It follows at once from what a batch gives for the record; fields that are parts of the same batch ask it once.

    The batch takes no arguments. The information that it gets is that of one of the fields.
    """

    batch: Batch
    read: Callable[[Any], Any]


Way: TypeAlias = Attribute | Call | Bound | Batch | Part

FindWay: TypeAlias = Callable[[GraphQLObjectType, str, GraphQLField], Way | None]
"""Tells how a field of a type is read. None where only the executor can do it."""


class OfClass:
    """An `is_type_of` that looks at nothing but the class of a value, so that a plan asks once for each class."""

    __slots__ = ("class_",)

    def __init__(self, class_: type) -> None:
        self.class_ = class_

    def __call__(self, value: Any, _info: object = None) -> bool:
        """Tell whether a value is of the type."""
        return isinstance(value, self.class_)
