"""Weighs the operations of a valid document, each once; see `gateway.documents.cost` for what a weight is."""

from collections.abc import Mapping, Sequence
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NamedTypeNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    get_nullable_type,  # pyright: ignore[reportUnknownVariableType] - a list of what? graphql-core does not say
    is_composite_type,
)

from domain.paging import DEFAULT_PAGE_SIZE
from domain.targets import MAX_IDS
from gateway.documents.cost import Conditions, Part, Size, Weight, clamped
from gateway.documents.root_fields import root_fields

_PAGE_ARGUMENTS: Final = ("first", "last")
# Lists that are no pages are short: the licenses of a user, the products, the counts of an account.
_SHORT_LIST: Final = 10
# Introspection nests lists five deep. Weighed so, the query of GraphiQL costs 33,000, and nobody asks for all twice.
_INTROSPECTED_LIST: Final = 2
_INTROSPECTED_TYPES: Final = 80
_TYPES: Final = "types"
# Values that hold many: what a source sent, what an entry says of a change; ids of those whom an action was for.
_JSON: Final = "JSON"
_JSON_VALUES: Final = 50
_ID: Final = "ID"
_LISTED_IDS: Final = 100
# Users in the payload of a bulk action: those named by ids, or those who lost their account.
_NAMED_USERS: Final = "users"
_DEACTIVATED_USERS: Final = "deactivatedUsers"
_DELETION: Final = "deleteUsers"
# Fields of a connection that read the whole selection and not only the page (F6).
_READS_ALL: Final = {"totalCount": 50, "facets": 500}
# In so many statements, beside the one that reads the page, and the whole selection where few of it match.
_READINGS: Final = {"totalCount": 1, "facets": 2}
_PAGE_READINGS: Final = 1
_FILTER: Final = "filter"


class Scales:
    """Weighs the operations of one document."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._weighed: dict[str, Weight] = {}
        self._target = self._deactivated = Size(0)

    def weigh(self, operation: OperationDefinitionNode) -> Weight:
        """Weigh one operation."""
        weight = Weight()
        self._weighed.clear()
        fields = list(root_fields(operation, self._fragments))
        self._target = _target_of(fields)
        self._deactivated = _deactivated_of([field for field in fields if field.name.value == _DELETION])
        root = self._schema.get_root_type(operation.operation)
        if root is not None:
            self._add(weight, operation.selection_set, root, set())
        return weight

    def _add(
        self, weight: Weight, selection_set: SelectionSetNode, parent: GraphQLCompositeType, spread: set[str]
    ) -> None:
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                self._add_field(weight, selection, parent)
            elif isinstance(selection, InlineFragmentNode):
                inner = self._type_named(selection.type_condition) if selection.type_condition else parent
                self._add(weight, selection.selection_set, inner, spread)
            elif isinstance(selection, FragmentSpreadNode) and (name := selection.name.value) not in spread:
                spread.add(name)
                self._add_fragment(weight, name)

    def _add_field(self, weight: Weight, node: FieldNode, parent: GraphQLCompositeType) -> None:
        field = self._schema.get_field(parent, node.name.value)
        if field is None:
            return
        of_connection = _is_connection(parent)
        is_list = _is_list(field)
        for_each = is_list or not of_connection
        if of_connection:
            weight.readings += _READINGS.get(node.name.value, 0)
        if node.selection_set is None:
            weight.add(self._leaf(field, node, of_connection=of_connection), for_each=for_each)
            return
        # The items of a page are counted at the connection, whose arguments tell how many there are.
        size = Size(1) if of_connection and is_list else self._size(field, node, parent)
        selected = Weight(
            once=_READS_ALL.get(node.name.value, 0) if of_connection else 0,
            readings=_PAGE_READINGS if _FILTER in field.args else 0,
        )
        self._add(selected, node.selection_set, _composite(field), set())
        conditions = _conditions_of(node) if _FILTER in field.args else Conditions()
        part = Part(for_each, size, selected, conditions)
        if selected.is_constant and not size.variables and not conditions.variables:
            weight.add(part.cost(selected.once, selected.each, selected.readings, {}), for_each=for_each)
        else:
            weight.parts.append(part)

    def _leaf(self, field: GraphQLField, node: FieldNode, *, of_connection: bool) -> int:
        """Tell what a field costs that has no fields of its own."""
        if of_connection:
            return _READS_ALL.get(node.name.value, 1)
        name = get_named_type(field.type).name  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - the same
        if name == _JSON:
            return _JSON_VALUES
        return _LISTED_IDS if name == _ID and _is_list(field) else 1

    def _add_fragment(self, weight: Weight, name: str) -> None:
        fragment = self._weighed.get(name)
        if fragment is None:
            fragment = self._weighed[name] = Weight()
            definition = self._fragments[name]
            self._add(fragment, definition.selection_set, self._type_named(definition.type_condition), set())
        if fragment.is_constant:
            weight.add(fragment.once, for_each=False)
            weight.add(fragment.each, for_each=True)
            weight.readings += fragment.readings
        else:
            weight.fragments.append(fragment)

    def _size(self, field: GraphQLField, node: FieldNode, parent: GraphQLCompositeType) -> Size:
        """Tell how many items a field gives: as many as asked for, or as such fields have."""
        if "first" in field.args:
            return _asked_for(node, _PAGE_ARGUMENTS, default=DEFAULT_PAGE_SIZE)
        if not _is_list(field):
            return Size(1)
        if _is_payload(parent) and node.name.value == _NAMED_USERS:
            return self._target
        if _is_payload(parent) and node.name.value == _DEACTIVATED_USERS:
            return self._deactivated
        if parent.name.startswith("__"):
            return Size(_INTROSPECTED_TYPES if node.name.value == _TYPES else _INTROSPECTED_LIST)
        return _asked_for(node, ("ids",), default=_SHORT_LIST)

    def _type_named(self, condition: NamedTypeNode) -> GraphQLCompositeType:
        named = self._schema.type_map[condition.name.value]
        assert is_composite_type(named)  # noqa: S101 - validation has seen to that
        return named


def _is_list(field: GraphQLField) -> bool:
    return isinstance(get_nullable_type(field.type), GraphQLList)  # pyright: ignore[reportUnknownMemberType] - the same


def _composite(field: GraphQLField) -> GraphQLCompositeType:
    named = get_named_type(field.type)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - the same
    assert is_composite_type(named)  # noqa: S101 - validation has seen to that: the field has selections
    return named


def _is_connection(parent: GraphQLCompositeType) -> bool:
    return isinstance(parent, GraphQLObjectType) and "pageInfo" in parent.fields


def _is_payload(parent: GraphQLCompositeType) -> bool:
    return isinstance(parent, GraphQLObjectType) and "userErrors" in parent.fields


def _target_of(fields: Sequence[FieldNode]) -> Size:
    """Tell how many users the mutations of an operation name by ids, wherever their inputs stand."""
    values = [argument.value for field in fields for argument in field.arguments or ()]
    variables = [value.name.value for value in values if isinstance(value, VariableNode)]
    for name in ("target", "ids"):
        parts = [part for value in values if isinstance(value, ObjectValueNode) for part in value.fields]
        values = [part.value for part in parts if part.name.value == name]
        variables += [value.name.value for value in values if isinstance(value, VariableNode)]
    named = [len(value.values) for value in values if isinstance(value, ListValueNode)]
    most = min(max(named, default=0), MAX_IDS)
    return Size(most, tuple(variables), at_least=most)


def _deactivated_of(deletions: Sequence[FieldNode]) -> Size:
    """Tell how many users a deletion may have to show: those that it names by ids, or the most."""
    if len(deletions) > 1:
        return Size(MAX_IDS)
    target = _target_of(deletions)
    return Size(target.fixed or MAX_IDS, target.variables, without_ids=MAX_IDS)


def _conditions_of(node: FieldNode) -> Conditions:
    """Tell how many conditions the filter of a list holds, as it is written or as variables bring them."""
    waiting = [argument.value for argument in node.arguments or () if argument.name.value == _FILTER]
    fixed = 0
    variables: list[str] = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, ObjectValueNode):
            waiting += [member.value for member in value.fields]
        elif isinstance(value, ListValueNode):
            waiting += value.values
        elif isinstance(value, VariableNode):
            variables.append(value.name.value)
        else:
            fixed += not isinstance(value, NullValueNode)
    return Conditions(fixed, tuple(variables))


def _asked_for(node: FieldNode, names: tuple[str, ...], *, default: int) -> Size:
    fixed: list[int] = []
    variables: list[str] = []
    for argument in node.arguments or ():
        value = argument.value
        if argument.name.value not in names:
            continue
        if isinstance(value, VariableNode):
            variables.append(value.name.value)
        elif isinstance(value, IntValueNode):
            fixed.append(clamped(int(value.value)))
        elif isinstance(value, ListValueNode):
            fixed.append(clamped(len(value.values)))
    return Size(max(fixed, default=default), tuple(variables))
