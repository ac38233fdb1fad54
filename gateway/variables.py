"""The variables of an operation, read from what a request brings.

What stands in nearly every request, texts and numbers that are of the type already, is taken as it is. All else is
coerced by graphql-core, which looks every type up anew for each request.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    print_ast,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

# More errors than a person reads.
_MAX_ERRORS: Final = 20


def _is_int(value: Any) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


_AS_IT_IS: Final[dict[str, Callable[[Any], bool]]] = {
    GraphQLID.name: lambda value: type(value) is str,
    GraphQLString.name: lambda value: type(value) is str,
    GraphQLBoolean.name: lambda value: type(value) is bool,
    GraphQLInt.name: _is_int,
}


class _Declared(NamedTuple):
    """A variable: what it is called, whether it may be left out, and the test of what needs no coercion."""

    name: str
    signature: GraphQLVariableSignature
    is_optional: bool
    is_as_it_is: Callable[[Any], bool]


class Variables:
    """What a valid operation declares."""

    def __init__(self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]) -> None:
        self._schema = schema
        self._definitions = definitions
        self._declared = [_declared(schema, definition) for definition in definitions]

    def read(self, given: dict[str, Any], *, hide_suggestions: bool) -> VariableValues | list[GraphQLError]:
        """Coerce the values that were given, or tell what is wrong with them."""
        as_given = self._as_given(given)
        if as_given is not None:
            return as_given
        return get_variable_values(
            self._schema, self._definitions, given, max_errors=_MAX_ERRORS, hide_suggestions=hide_suggestions
        )

    def _as_given(self, given: dict[str, Any]) -> VariableValues | None:
        """Take the values as they are; None where one has to be coerced, is left to its default, or is missing."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, is_optional, is_as_it_is in self._declared:
            value = given.get(name, Undefined)
            if value is Undefined:
                if not is_optional:
                    return None
                sources[name] = VariableValueSource(signature)
            elif is_as_it_is(value):
                sources[name] = VariableValueSource(signature, value)
                coerced[name] = value
            else:
                return None
        return VariableValues(sources, coerced)


def _declared(schema: GraphQLSchema, definition: VariableDefinitionNode) -> _Declared:
    name, signature = definition.variable.name.value, get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        raise signature
    type_ = print_ast(definition.type)
    if type_.endswith("!"):
        return _Declared(name, signature, is_optional=False, is_as_it_is=_AS_IT_IS.get(type_[:-1], _never))
    is_optional, is_as_it_is = signature.default is None, _or_null(_AS_IT_IS.get(type_, _never))
    return _Declared(name, signature, is_optional, is_as_it_is)


def _or_null(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def is_as_it_is(value: Any) -> bool:
        return value is None or test(value)

    return is_as_it_is


def _never(_value: Any) -> bool:
    return False
