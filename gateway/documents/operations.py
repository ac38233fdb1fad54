"""One operation of a prepared document: all about it that is known before a request brings its variables."""

from collections.abc import Mapping
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution.collect_fields import FragmentDetails
from msgspec import Struct

from completion import OperationPlans
from gateway.documents.cost import Weight
from gateway.documents.root_fields import root_fields
from gateway.documents.variables import Variables

_INTROSPECTION: Final = "__"


class Fragments(Struct, frozen=True, eq=False):
    """The fragments of a document in the two forms in which graphql-core's executor wants them."""

    definitions: dict[str, FragmentDefinitionNode]
    details: dict[str, FragmentDetails]


class Operation(Struct, frozen=True, eq=False):
    """An operation that may be run as often as it is asked for."""

    name: str | None
    kind: OperationType
    definition: OperationDefinitionNode
    fragments: Fragments
    variables: Variables
    weight: Weight
    needs_viewer: bool
    is_bulk: bool
    """Whether it has a bulk action, which takes as long as there are users."""
    selected: frozenset[str]
    """The names of all fields that it selects, in whatever types, and of those of fragments that it does not spread."""
    plans: OperationPlans | None
    """How its selections are completed; None where nobody need be signed in, or compiled completion is switched off."""


def needs_viewer(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    public_fields: frozenset[str],
) -> bool:
    """Tell whether somebody must be signed in: not for introspection, and not for public mutations."""
    public = public_fields if operation.operation is OperationType.MUTATION else frozenset[str]()
    names = (field.name.value for field in root_fields(operation, fragments))
    return any(not name.startswith(_INTROSPECTION) and name not in public for name in names)


def has_any(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], names: frozenset[str]
) -> bool:
    """Tell whether one of these is a field of the operation's own."""
    return any(field.name.value in names for field in root_fields(operation, fragments))


def selected_names(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> frozenset[str]:
    """Give the names of all fields that an operation selects; those of fragments that it does not spread too."""
    waiting = [operation.selection_set, *(fragment.selection_set for fragment in fragments.values())]
    names: set[str] = set()
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                names.add(selection.name.value)
            if isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
                waiting.append(selection.selection_set)
    return frozenset(names)
