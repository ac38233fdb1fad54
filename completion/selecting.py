"""From the nodes of a document to shapes.

Which fields are selected is what graphql-core's own `collect_subfields` says, so that fragments, merged fields and
conditions mean here what they mean there.
"""

from typing import Final, cast

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails, GroupedFieldSet, collect_subfields
from graphql.execution.values import VariableValues

from completion.arguments import Arguments
from completion.shapes import Leaf, Many, One, OneOf, ReadField, SelectedField, Selection, Shape
from completion.ways import FindWay

_TYPENAME: Final = "__typename"
# Interfaces within interfaces select for each of their types: this many selections are more than any page has.
_MAX_SELECTIONS: Final = 500


class TooLarge(Exception):  # noqa: N818 - no error: the executor takes it
    """A selection is too large to be worth a plan."""


class Selecting:
    """Makes shapes of what one operation selects, with the variables of its conditions filled in."""

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        fragments: dict[str, FragmentDetails],
        variables: VariableValues,
        find_way: FindWay,
    ) -> None:
        self._schema = schema
        self._operation = operation
        self._fragments = fragments
        self._variables = variables
        self._find_way = find_way
        self._left = _MAX_SELECTIONS
        self.size = 0
        """How many selections and fields went into the shapes so far."""

    def shape(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Shape:
        """Give the shape of a value of a type. Raises TooLarge."""
        nullable = not isinstance(type_, GraphQLNonNull)
        if isinstance(type_, GraphQLNonNull):
            type_ = type_.of_type
        if isinstance(type_, GraphQLList):
            return Many(self.shape(type_.of_type, details), nullable)
        if is_leaf_type(type_):
            return Leaf(type_, nullable)
        if isinstance(type_, GraphQLObjectType):
            return One(self._select(type_, details), nullable)
        abstract = cast("GraphQLAbstractType", type_)
        selections = {one.name: self._select(one, details) for one in self._schema.get_possible_types(abstract)}
        return OneOf(abstract, selections, nullable)

    def root(self, type_: GraphQLObjectType, collected: GroupedFieldSet) -> Selection:
        """Give what the operation itself selects of its root. Raises TooLarge."""
        return Selection(type_, [self._field(type_, key, details) for key, details in collected.items()])

    def _select(self, type_: GraphQLObjectType, details: FieldDetailsList) -> Selection:
        self._left -= 1
        self.size += 1
        if self._left < 0:
            raise TooLarge
        collected = collect_subfields(
            self._schema, self._fragments, self._variables, self._operation, type_, details
        ).grouped_field_set
        return Selection(type_, [self._field(type_, key, nodes) for key, nodes in collected.items()])

    def _field(self, parent: GraphQLObjectType, key: str, details: FieldDetailsList) -> SelectedField | str:
        self.size += 1
        name = details[0].node.name.value
        if name == _TYPENAME:
            return key
        definition = cast("GraphQLField", self._schema.get_field(parent, name))
        way = self._find_way(parent, name, definition) if name in parent.fields else None
        if way is None:
            return SelectedField(key, parent, definition, details)
        arguments = Arguments(definition, details[0].node)
        return ReadField(key, parent, definition, details, way, arguments, self.shape(definition.type, details))
