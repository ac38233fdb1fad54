"""The arguments of a selected field. What is constant in them is coerced once."""

from typing import Any

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    is_required_argument,
)
from graphql.execution.values import VariableValues, coerce_argument, get_argument_values


class Arguments:
    """The arguments that one node gives to a field.

    Each is a literal, which is constant, or a variable, of which validation has made sure that it is of the type. What
    is neither, or is wrong, is left to graphql-core.
    """

    def __init__(self, field: GraphQLField, node: FieldNode) -> None:
        self._field = field
        self._node = node
        self._constant: dict[str, Any] = {}
        self._variables: list[tuple[str, str, GraphQLArgument]] = []
        given = {argument.name.value: argument for argument in node.arguments or ()}
        try:
            for name, argument in field.args.items():
                self._take(name, argument, given.get(name))
            self._is_known = True
        except (GraphQLError, _NotKnown):
            self._is_known = False

    def coerced(self, values: VariableValues, *, hide_suggestions: bool) -> dict[str, Any]:
        """Coerce them with the variables of a request. Raises GraphQLError."""
        coerced = self._filled_in(values) if self._is_known else None
        if coerced is None:
            return get_argument_values(self._field, self._node, values, hide_suggestions=hide_suggestions)
        return coerced

    def _take(self, name: str, argument: GraphQLArgument, given: ArgumentNode | None) -> None:
        if given is not None and isinstance(given.value, VariableNode):
            self._variables.append((argument.out_name or name, given.value.name.value, argument))
            if is_required_argument(argument):
                return
            given = None  # its default stays where the variable has no value
        elif given is not None and _holds_variables(given.value):
            raise _NotKnown
        coerce_argument(self._constant, self._node, name, argument, given, None, None)

    def _filled_in(self, values: VariableValues) -> dict[str, Any] | None:
        coerced = self._constant.copy()
        for name, variable, argument in self._variables:
            value = values.coerced.get(variable, Undefined)
            if value is not Undefined and not (value is None and isinstance(argument.type, GraphQLNonNull)):
                coerced[name] = value
            elif value is None or is_required_argument(argument):
                return None
        return coerced


class _NotKnown(Exception):  # noqa: N818 - graphql-core knows it for each request
    """An argument is neither constant nor a variable."""


def _holds_variables(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(_holds_variables(one) for one in value.values)
    if isinstance(value, ObjectValueNode):
        return any(_holds_variables(field.value) for field in value.fields)
    return isinstance(value, VariableNode)
