"""How fields that were made with Strawberry are read."""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final, TypeAlias, cast

import strawberry
from graphql import GraphQLField, GraphQLObjectType
from strawberry.schema.schema_converter import GraphQLCoreConverter, get_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import Signature, StrawberryResolver

from completion.ways import Attribute, Batch, Call, CallMany, FindWay, Info, Way

Many: TypeAlias = Callable[..., Any]
"""A function, to be awaited or not, that takes many parents and gives as many values."""

_MANY: Final = "_takes_many"
_POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def one_of_many(many: Many) -> Callable[..., Any]:
    """Make a resolver of a function that takes many parents as its first argument, and gives a value for each.

    Plans call the function with all parents of a list; the executor calls the resolver, and so the function with one.
    A value that is an exception is raised at the field of its parent.
    """
    parents, *others = Signature.from_callable(many).parameters.values()

    @wraps(many)
    async def resolve_later(**arguments: Any) -> Any:
        arguments[parents.name] = [arguments[parents.name]]
        return (await many(**arguments))[0]

    @wraps(many)
    def resolve_now(**arguments: Any) -> Any:
        arguments[parents.name] = [arguments[parents.name]]
        return many(**arguments)[0]

    resolve = resolve_later if inspect.iscoroutinefunction(many) else resolve_now
    parent = parents.replace(annotation=cast("Any", strawberry.Parent)[Any])
    vars(resolve)["__signature__"] = Signature([parent, *others])
    vars(resolve)[_MANY] = many
    return resolve


def strawberry_ways(schema: strawberry.Schema) -> FindWay:
    """Tell how the fields of a schema are read.

    Those without a resolver are attributes. Those of `one_of_many` are batches. A resolver that takes the parent and
    nothing else, and need not be waited for, is called. All others are the executor's.
    """
    converter = schema.schema_converter

    def find(_parent: GraphQLObjectType, _name: str, definition: GraphQLField) -> Way | None:
        field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if not isinstance(field, StrawberryField) or field.extensions or field.is_subscription:
            return None
        resolver = field.base_resolver
        if resolver is None:
            return Attribute(field.python_name) if converter.config.default_resolver is getattr else None
        function = cast("Many", resolver.wrapped_func)
        if many := getattr(function, _MANY, None):
            return Batch(_batch(many, field, converter))
        return Call(function) if not resolver.is_async and _takes_parent_only(resolver) else None

    return find


def _takes_parent_only(resolver: StrawberryResolver[Any]) -> bool:
    parents = (resolver.parent_parameter, resolver.root_parameter, resolver.self_parameter)
    parameters = list(resolver.signature.parameters.values())
    return len(parameters) == 1 and parameters[0] in parents and parameters[0].kind in _POSITIONAL


def _batch(many: Many, field: StrawberryField, converter: GraphQLCoreConverter) -> CallMany:
    config = converter.config

    def call(sources: Sequence[Any], info: Info, arguments: dict[str, Any]) -> Any:
        positional, named = get_arguments(
            field=field,
            source=sources,
            info=config.info_class(_raw_info=info, _field=field),
            kwargs=arguments,
            config=config,
            scalar_registry=converter.scalar_registry,
        )
        return many(*positional, **named)

    return call
