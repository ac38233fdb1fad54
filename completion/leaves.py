"""How plans write scalars and enums: a test of what passes as it is, and graphql-core's own coercion for the rest.

What a record declares is not tested again. msgspec does not look at what a struct is made of: type checkers do, and
whoever makes structs of what they do not see has to make sure of it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from msgspec import Struct

from completion.unexpected import Unexpected, refuse_unusual


class Passing(Struct, frozen=True):
    """What passes as it is: values of this very type of which a condition holds, a test in Python of `{v}`."""

    type: type
    condition: str = ""

    def test(self, v: str, *, nullable: bool, declared: Any) -> str:
        """Write the test of a value under this name; empty where what its record declares leaves nothing to test."""
        is_declared = declared == self.type or (nullable and declared == self.type | None)
        tests = [] if is_declared else [f"type({v}) is {self.type.__name__}"]
        tests += [self.condition.format(v=v)] if self.condition else []
        test = " and ".join(tests)
        return f"{v} is None or {test}" if test and nullable and declared != self.type else test


_TEXT: Final = Passing(str)
_BUILT_IN: Final = {
    GraphQLString.name: _TEXT,
    GraphQLID.name: _TEXT,
    GraphQLBoolean.name: Passing(bool),
    GraphQLInt.name: Passing(int, "-2147483648 <= {v} <= 2147483647"),
}

UTC_INSTANTS: Final = Passing(datetime, "{v}.tzinfo is UTC")
"""For a scalar that writes instants in UTC as RFC 3339 does: msgspec writes them so itself."""

NAMES_IN_TESTS: Final = {"datetime": datetime, "UTC": UTC}
"""What the tests speak of beside builtins."""


def passing(type_: GraphQLLeafType, natives: Mapping[str, Passing]) -> Passing | None:
    """Tell what of a scalar passes as it is; None where nothing does."""
    return natives.get(type_.name) or _BUILT_IN.get(type_.name)


def coercion(type_: GraphQLLeafType) -> Callable[[Any], Any]:
    """Give the coercion of what does not pass. It raises for what has no place in an answer."""
    coerce = type_.coerce_output_value

    def coerced(value: Any) -> Any:
        refuse_unusual(value)
        written = coerce(value)
        if written is None or written is Undefined:
            raise Unexpected
        return written

    return coerced


class EnumNames(dict[Any, str]):
    """The names of an enum by its values, each found out when it is first there.

    Kept by the very object that was there, since a member is found faster by what it is than by what it is equal to.
    """

    def __init__(self, type_: GraphQLEnumType) -> None:
        super().__init__()
        self._coerce = coercion(type_)

    def __missing__(self, value: Any) -> str:
        """Find out the name of a value. It raises for a value that has none."""
        name: str = self._coerce(value)
        self[value] = name
        return name
