"""What becomes of a value: the type of a field, and what is selected of it."""

from collections.abc import Iterator
from typing import TypeAlias

from graphql import FieldNode, GraphQLAbstractType, GraphQLField, GraphQLLeafType, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from msgspec import Struct

from completion.arguments import Arguments
from completion.ways import Way


class Leaf(Struct, frozen=True):
    """A scalar or an enum."""

    type: GraphQLLeafType
    nullable: bool


class Many(Struct, frozen=True):
    """A list."""

    item: "Shape"
    nullable: bool


class One(Struct, frozen=True):
    """An object of one type."""

    selection: "Selection"
    nullable: bool


class OneOf(Struct, frozen=True):
    """An object of one of several types, each with a selection of its own."""

    type: GraphQLAbstractType
    selections: dict[str, "Selection"]
    nullable: bool


Shape: TypeAlias = Leaf | Many | One | OneOf


class SelectedField(Struct, frozen=True, eq=False):
    """A field under its name in the answer, with all the nodes of the document that select it there."""

    key: str
    parent: GraphQLObjectType
    definition: GraphQLField
    details: FieldDetailsList

    @property
    def nodes(self) -> list[FieldNode]:
        """The nodes of the document."""
        return [detail.node for detail in self.details]


class ReadField(SelectedField, frozen=True, eq=False):
    """A field that the plan reads and completes itself."""

    way: Way
    arguments: Arguments
    shape: Shape


class Selection(Struct, eq=False):
    """What is selected of an object of one type. What is no field is a `__typename`, under this name."""

    type: GraphQLObjectType
    fields: list[SelectedField | str]

    @property
    def keys(self) -> list[str]:
        """The names in the answer, in its order."""
        return [field if isinstance(field, str) else field.key for field in self.fields]

    def read_fields(self) -> list[tuple[int, ReadField]]:
        """Give the fields that a plan reads itself, with their places."""
        return [(place, field) for place, field in enumerate(self.fields) if isinstance(field, ReadField)]

    def executed_fields(self) -> list[tuple[int, SelectedField]]:
        """Give the fields that a plan leaves to the executor, with their places."""
        return [
            (place, field)
            for place, field in enumerate(self.fields)
            if isinstance(field, SelectedField) and not isinstance(field, ReadField)
        ]

    @property
    def needs_path(self) -> bool:
        """Whether the executor has a field to resolve in it or below it, and must be told where."""
        return any(_needs_path(field) for field in self.fields)


def below(shape: Shape) -> list[Selection]:
    """Give the selections of a shape."""
    while isinstance(shape, Many):
        shape = shape.item
    if isinstance(shape, One):
        return [shape.selection]
    return list(shape.selections.values()) if isinstance(shape, OneOf) else []


def _needs_path(field: SelectedField | str) -> bool:
    if isinstance(field, ReadField):
        return any(selection.needs_path for selection in below(field.shape))
    return isinstance(field, SelectedField)


def executed_fields(*selections: Selection) -> Iterator[SelectedField]:
    """Give the fields that a plan leaves to the executor."""
    for selection in selections:
        for field in selection.fields:
            if isinstance(field, ReadField):
                yield from executed_fields(*below(field.shape))
            elif isinstance(field, SelectedField):
                yield field
