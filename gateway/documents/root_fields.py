"""The fields that an operation selects itself."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLSchema,
    GraphQLType,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    get_named_type,
)

_TARGET: Final = "target"


def root_fields(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """Give an operation's own fields, in whatever fragments they stand, each of which is looked into once."""
    spread: set[str] = set()
    waiting = [operation.selection_set]
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode) and (name := selection.name.value) not in spread:
                spread.add(name)
                waiting.append(fragments[name].selection_set)


def bulk_fields(schema: GraphQLSchema) -> frozenset[str]:
    """Name the bulk actions: the mutations whose input has a target, which may be every user of an account."""
    mutations = schema.get_root_type(OperationType.MUTATION)
    fields: Mapping[str, GraphQLField] = {} if mutations is None else mutations.fields
    return frozenset(name for name, field in fields.items() if any(map(_has_target, field.args.values())))


def _has_target(argument: GraphQLArgument) -> bool:
    given = get_named_type(cast("GraphQLType", argument.type))
    return isinstance(given, GraphQLInputObjectType) and _TARGET in given.fields
