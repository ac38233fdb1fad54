"""Draws valid queries at random over a schema: aliases, fragments, directives, variables, arguments, deep nesting."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
)

DEPTH = 6
FRAGMENTS = 3


@dataclass(frozen=True)
class Drawn:
    """A query, and the variables that it is run with."""

    text: str
    variables: dict[str, Any]


@dataclass
class Drawer:
    """Draws one query. `texts` are what arguments of a name are drawn from, such as ids and cursors."""

    schema: GraphQLSchema
    random: Random
    texts: dict[str, list[str]]
    variables: dict[str, Any] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    fragments: dict[str, tuple[str, str]] = field(default_factory=dict)
    aliases: int = 0

    def draw(self) -> Drawn:
        root = self.schema.query_type
        assert root is not None
        text = self.selections(root, DEPTH)
        declared = ", ".join(f"${name}: {kind}" for name, kind in self.declared.items())
        fragments = "\n".join(f"fragment {name} on {kind} {body}" for name, (kind, body) in self.fragments.items())
        return Drawn(f"query Drawn{f'({declared})' if declared else ''} {text}\n{fragments}", self.variables)

    def selections(self, parent: GraphQLNamedType, depth: int) -> str:
        chosen = [self.selection(parent, depth) for _ in range(self.random.choice((1, 2, 2, 3, 5)))]
        return f"{{ {' '.join(chosen)} }}"

    def selection(self, parent: GraphQLNamedType, depth: int) -> str:
        chance = self.random.random()
        if chance < 0.06:
            return f"{self.alias()}__typename{self.directive()}"
        if chance < 0.2 and depth > 1:
            return f"... {self.condition(parent)}{self.directive()} {self.selections(self.narrowed, depth - 1)}"
        if chance < 0.3 and depth > 1 and parent is not self.schema.query_type:
            return f"...{self.fragment(parent, depth)}{self.directive()}"
        return self.field(parent, depth)

    def condition(self, parent: GraphQLNamedType) -> str:
        """Draw the type of an inline fragment, or none."""
        self.narrowed = self.random.choice(self.kin(parent))
        if self.narrowed is parent and self.random.random() < 0.5:
            return ""
        return f"on {self.narrowed.name}"

    def kin(self, parent: GraphQLNamedType) -> list[Any]:
        """Give the types that something of this type may be of."""
        if isinstance(parent, GraphQLInterfaceType):
            return [parent, *self.schema.get_possible_types(parent)]
        return [parent, *getattr(parent, "interfaces", ())]

    def fragment(self, parent: GraphQLNamedType, depth: int) -> str:
        """Spread a fragment that fits, or define one more."""
        kin = self.kin(parent)
        fitting = [name for name, (kind, body) in self.fragments.items() if body and kind in {one.name for one in kin}]
        if fitting and (self.random.random() < 0.6 or len(self.fragments) >= FRAGMENTS):
            return self.random.choice(fitting)
        name, kind = f"F{len(self.fragments)}", self.random.choice(kin)
        self.fragments[name] = (kind.name, "")  # not to be spread while it is drawn
        self.fragments[name] = (kind.name, self.selections(kind, min(depth, 4) - 1))
        return name

    def field(self, parent: Any, depth: int) -> str:
        names = [
            name for name, one in parent.fields.items() if depth > 1 or not is_composite_type(get_named_type(one.type))
        ]
        if not names:
            return "__typename"
        name = self.random.choice(names)
        definition: GraphQLField = parent.fields[name]
        arguments = self.arguments(definition)
        alias = self.alias(always=bool(definition.args))
        kind = get_named_type(definition.type)
        below = f" {self.selections(kind, depth - 1)}" if is_composite_type(kind) else ""
        return f"{alias}{name}{arguments}{self.directive()}{below}"

    def alias(self, *, always: bool = False) -> str:
        """Draw a name of its own for a field: one with arguments needs it, so as not to be another with others."""
        if not always and self.random.random() < 0.8:
            return ""
        self.aliases += 1
        return f"a{self.aliases}: "

    def directive(self) -> str:
        if self.random.random() < 0.88:
            return ""
        name = self.random.choice(("include", "skip"))
        if self.random.random() < 0.5:
            return f" @{name}(if: {self.random.choice(('true', 'false'))})"
        return f" @{name}(if: {self.variable('Boolean!', self.random.random() < 0.6)})"

    def variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self.declared)}"
        self.declared[name] = kind
        self.variables[name] = value
        return f"${name}"

    def arguments(self, definition: GraphQLField) -> str:
        drawn = [
            f"{name}: {self.argument(name, argument)}"
            for name, argument in definition.args.items()
            if isinstance(argument.type, GraphQLNonNull) or name == "first" or self.random.random() < 0.12
        ]
        return f"({', '.join(drawn)})" if drawn else ""

    def argument(self, name: str, argument: GraphQLArgument) -> str:
        value = self.value(name, argument.type, 2)
        if self.random.random() < 0.3:
            return self.variable(str(argument.type), plain(value))
        return written(value)

    def value(self, name: str, kind: GraphQLInputType, depth: int) -> Any:  # noqa: PLR0911 - one for each kind
        """Draw a value of an input type; enum values are their own kind of text."""
        if isinstance(kind, GraphQLNonNull):
            return self.value(name, kind.of_type, depth)
        if isinstance(kind, GraphQLList):
            return [self.value(name, kind.of_type, depth) for _ in range(self.random.randrange(4))]
        if isinstance(kind, GraphQLEnumType):
            return Symbol(self.random.choice(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            return {
                key: self.value(key, one.type, depth - 1)
                for key, one in kind.fields.items()
                if isinstance(one.type, GraphQLNonNull) or (self.random.random() < 0.25 and depth)
            }
        if kind.name == "Int":
            return self.random.choice((0, 1, 1, 2, 2, 2, 3, 3, -1 if self.random.random() < 0.1 else 4))
        if kind.name == "Boolean":
            return self.random.random() < 0.5
        return self.random.choice(self.texts.get(name) or self.texts["any"])


class Symbol(str):
    """The name of an enum value, which is written without quotation marks."""

    __slots__ = ()


def plain(value: Any) -> Any:
    """Give a value as JSON brings it."""
    if isinstance(value, Symbol):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def written(value: Any) -> str:
    """Write a value as a document has it."""
    if isinstance(value, Symbol):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(one) for one in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
