"""The variables of an operation, read from what a request brings.

What `gateway.documents.coercion` cannot coerce, and every default that an operation gives, is left to graphql-core.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from graphql import GraphQLError, GraphQLSchema, NonNullTypeNode, Undefined, VariableDefinitionNode
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

from gateway.documents.coercion import MAX_DEPTH, Coerce, Coercion

# More errors than a person reads.
_MAX_ERRORS: Final = 20


class _Declared(NamedTuple):
    """A variable: what it is called, whether it may be left out, and how it is coerced."""

    name: str
    signature: GraphQLVariableSignature
    is_optional: bool
    coerce: Coerce


class Variables:
    """What a valid operation declares."""

    def __init__(
        self, schema: GraphQLSchema, coercion: Coercion, definitions: Sequence[VariableDefinitionNode]
    ) -> None:
        self._schema = schema
        self._definitions = definitions
        self._declared = [_declared(schema, coercion, definition) for definition in definitions]

    def read(self, given: dict[str, Any], *, hide_suggestions: bool) -> VariableValues | list[GraphQLError]:
        """Coerce the values that were given, or tell what is wrong with them."""
        coerced = self._coerced(given)
        if coerced is not None:
            return coerced
        return get_variable_values(
            self._schema, self._definitions, given, max_errors=_MAX_ERRORS, hide_suggestions=hide_suggestions
        )

    def _coerced(self, given: dict[str, Any]) -> VariableValues | None:
        """Coerce the values; None where one is graphql-core's to coerce, is left to its default, or is missing."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, is_optional, coerce in self._declared:
            value = given.get(name, Undefined)
            if value is Undefined:
                if not is_optional:
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            coerced_value = coerce(value, MAX_DEPTH)
            if coerced_value is Undefined:
                return None
            sources[name] = VariableValueSource(signature, value)
            coerced[name] = coerced_value
        return VariableValues(sources, coerced)


def _declared(schema: GraphQLSchema, coercion: Coercion, definition: VariableDefinitionNode) -> _Declared:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        raise signature
    is_optional = signature.default is None and not isinstance(definition.type, NonNullTypeNode)
    coerce = coercion.of(signature.type)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - a list of what?
    return _Declared(signature.name, signature, is_optional, coerce)
