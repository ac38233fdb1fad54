"""Input values, coerced by functions that are made once for each type.

graphql-core looks at a type anew for each value. The functions here take what nearly every request brings. What they
cannot take, they leave to graphql-core, which has the words for what is wrong with it: they give Undefined for it.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeAlias, cast

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
    coerce_input_value,  # pyright: ignore[reportUnknownVariableType] - graphql-core leaves open a list of what
    is_required_input_field,
)
from graphql.utilities.coerce_input_value import coerce_default_value

MAX_DEPTH: Final = 20
"""How deep lists and objects may be nested to be coerced here, in levels; graphql-core has a limit of its own."""

InputType: TypeAlias = (
    GraphQLScalarType | GraphQLEnumType | GraphQLInputObjectType | GraphQLList[Any] | GraphQLNonNull[Any]
)

Coerce: TypeAlias = Callable[[Any, int], Any]
"""Coerces a value, in which so many lists and objects may still be nested."""

_PLAIN: Final[dict[str, type]] = {GraphQLID.name: str, GraphQLString.name: str, GraphQLBoolean.name: bool}


class _Field(NamedTuple):
    """A field of an input object, and what stands in its place where it is left out."""

    name: str
    out_name: str
    coerce: Coerce
    is_required: bool
    default: Any


class Coercion:
    """The functions for the input types of a schema, each made when it is first asked for.

    Valid operations ask for no other types than the schema has arguments of.
    """

    def __init__(self) -> None:
        self._made: dict[str, Coerce] = {}

    def of(self, type_: InputType) -> Coerce:
        """Give the function for a type."""
        name = str(type_)
        if name not in self._made:
            self._make(name, type_)
        return self._made[name]

    def _make(self, name: str, declared: InputType) -> None:
        type_: InputType = declared
        null = None
        if isinstance(declared, GraphQLNonNull):
            type_, null = declared.of_type, Undefined
        if isinstance(type_, GraphQLList):
            self._made[name] = _list(self.of(type_.of_type), null)
        elif isinstance(type_, GraphQLInputObjectType):
            fields: list[_Field] = []
            self._made[name] = _object(type_, fields, null)
            # Only now, since a field may be of this type again.
            fields += [
                _Field(
                    field_name,
                    field.out_name or field_name,
                    self.of(field.type),
                    is_required_input_field(field),
                    coerce_default_value(field),
                )
                for field_name, field in type_.fields.items()
            ]
        else:
            self._made[name] = _leaf(declared, str(type_), null)


def _list(coerce_item: Coerce, null: Any) -> Coerce:
    def coerce(value: Any, room: int) -> Any:
        if type(value) is not list or room == 0:
            return null if value is None else Undefined
        coerced: list[Any] = []
        for item in value:  # pyright: ignore[reportUnknownVariableType] - a list of what?
            coerced_item = coerce_item(item, room - 1)
            if coerced_item is Undefined:
                return Undefined
            coerced.append(coerced_item)
        return coerced

    return coerce


def _object(type_: GraphQLInputObjectType, fields: list[_Field], null: Any) -> Coerce:
    is_one_of, out_type = type_.is_one_of, type_.out_type

    def coerce(value: Any, room: int) -> Any:
        if type(value) is not dict or room == 0:
            return null if value is None else Undefined
        members = cast("dict[str, Any]", value)
        coerced: dict[str, Any] = {}
        known = 0
        for name, out_name, coerce_field, is_required, default in fields:
            given = members.get(name, Undefined)
            if given is not Undefined:
                known += 1
                coerced_field = coerce_field(given, room - 1)
                if coerced_field is Undefined:
                    return Undefined
                coerced[out_name] = coerced_field
            elif is_required:
                return Undefined
            elif default is not Undefined:
                coerced[out_name] = default
        if known != len(members) or (is_one_of and (len(coerced) != 1 or None in coerced.values())):
            return Undefined
        try:
            return out_type(coerced)
        except GraphQLError:  # as Strawberry raises it for @oneOf
            return Undefined

    return coerce


def _leaf(declared: InputType, name: str, null: Any) -> Coerce:
    if name == GraphQLInt.name:
        return _int(null)
    if (plain := _PLAIN.get(name)) is not None:
        return _taken_as_it_is(plain, null)
    return lambda value, _room: coerce_input_value(value, declared)


def _taken_as_it_is(kind: type, null: Any) -> Coerce:
    def coerce(value: Any, _room: int) -> Any:
        if type(value) is kind:
            return value
        return null if value is None else Undefined

    return coerce


def _int(null: Any) -> Coerce:
    def coerce(value: Any, _room: int) -> Any:
        if type(value) is int and -(2**31) <= value < 2**31:
            return value
        return null if value is None else Undefined

    return coerce
