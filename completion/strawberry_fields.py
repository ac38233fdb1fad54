"""How fields that were made with Strawberry are read."""

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final, TypeAlias, cast, get_type_hints

import strawberry
from graphql import GraphQLField, GraphQLObjectType
from msgspec import Struct
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryMaybe, StrawberryOptional
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import Signature, StrawberryResolver

from completion.ways import Attribute, Batch, Bound, Call, CallMany, FindWay, Info, OfClass, Part, Way

Many: TypeAlias = Callable[..., Any]
"""A function, to be awaited or not, that takes many parents and gives as many values."""

_MANY: Final = "_takes_many"
_PART: Final = "_is_part"
_PREFIXED: Final = "_is_prefixed"
_PLAIN: Final[tuple[object, ...]] = (str, int, float, bool, strawberry.ID)
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


def part_of_many(whole: Many, read: Callable[[Any], Any]) -> Callable[..., Any]:
    """Make a resolver of a coroutine function that takes many parents, as for `one_of_many`, and of what reads on.

    Plans call `whole` once for all fields that are made with it; it takes nothing but the parents and the information.
    """
    of_one = one_of_many(whole)

    @wraps(of_one)
    async def resolve(**arguments: Any) -> Any:
        found = await of_one(**arguments)
        return found if isinstance(found, Exception) else read(found)

    vars(resolve).pop(_MANY)
    vars(resolve)[_PART] = whole, read
    return resolve


def prefixed(prefix: str, name: str) -> Callable[..., Any]:
    """Make a resolver that gives an id: a prefix, and behind it an attribute of the record. Plans write it in place."""

    def resolve(record: strawberry.Parent[Any]) -> strawberry.ID:
        return strawberry.ID(prefix + getattr(record, name))

    vars(resolve)[_PREFIXED] = prefix, name
    return resolve


def strawberry_ways(schema: strawberry.Schema) -> FindWay:
    """Tell how the fields of a schema are read.

    Those without a resolver are attributes, of the types that the records declare where these are structs of msgspec.
    So are those of `prefixed`. Those of `one_of_many` are batches, and those of `part_of_many` parts of some. A
    resolver that need not be waited for is called; whatever it takes beside the parent is found once for a whole list.
    All others are the executor's.
    """
    converter = schema.schema_converter
    wholes: dict[Many, Batch] = {}

    def find(parent: GraphQLObjectType, _name: str, definition: GraphQLField) -> Way | None:
        field = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
        if not isinstance(field, StrawberryField) or field.extensions or field.is_subscription:
            return None
        resolver = field.base_resolver
        if resolver is None:
            return _attribute(field.python_name, parent) if converter.config.default_resolver is getattr else None
        function = cast("Many", resolver.wrapped_func)
        if behind := getattr(function, _PREFIXED, None):
            prefix, name = behind
            return _attribute(name, parent, prefix)
        if many := getattr(function, _MANY, None):
            return Batch(_batch(many, field, converter))
        if part := getattr(function, _PART, None):
            whole, read = part
            if whole not in wholes:
                wholes[whole] = Batch(_batch(whole, field, converter))
            return Part(wholes[whole], read)
        return None if resolver.is_async else _called(function, field, converter)

    return find


def _attribute(name: str, parent: GraphQLObjectType, prefix: str = "") -> Attribute:
    record = parent.is_type_of.class_ if isinstance(parent.is_type_of, OfClass) else object
    is_declared = issubclass(record, Struct) and name in record.__struct_fields__
    return Attribute(name, get_type_hints(record)[name] if is_declared else None, prefix)


def _called(function: Many, field: StrawberryField, converter: GraphQLCoreConverter) -> Way:
    resolver = cast("StrawberryResolver[Any]", field.base_resolver)
    return Call(function) if _takes_parent_only(resolver) else _bound(function, field, converter)


def _takes_parent_only(resolver: StrawberryResolver[Any]) -> bool:
    parents = (resolver.parent_parameter, resolver.root_parameter, resolver.self_parameter)
    parameters = list(resolver.signature.parameters.values())
    return len(parameters) == 1 and parameters[0] in parents and parameters[0].kind in _POSITIONAL


def _bound(function: Many, field: StrawberryField, converter: GraphQLCoreConverter) -> Bound:
    resolver = cast("StrawberryResolver[Any]", field.base_resolver)
    parents = [one.name for one in (resolver.parent_parameter, resolver.root_parameter) if one is not None]
    takes_self = resolver.self_parameter is not None
    arguments_of = _arguments_of(field, converter)

    def bind(info: Info, arguments: dict[str, Any]) -> Callable[[Any], Any]:
        named = arguments_of(info, arguments)

        def call(source: Any) -> Any:
            given = named | dict.fromkeys(parents, source) if parents else named
            return function(source, **given) if takes_self else function(**given)

        return call

    return Bound(bind)


def _batch(many: Many, field: StrawberryField, converter: GraphQLCoreConverter) -> CallMany:
    resolver = cast("StrawberryResolver[Any]", field.base_resolver)
    parents = cast("Any", resolver.parent_parameter).name
    arguments_of = _arguments_of(field, converter)

    def call(sources: Sequence[Any], info: Info, arguments: dict[str, Any]) -> Any:
        return many(**arguments_of(info, arguments), **{parents: sources})

    return call


def _arguments_of(
    field: StrawberryField, converter: GraphQLCoreConverter
) -> Callable[[Info, dict[str, Any]], dict[str, Any]]:
    """Make what gives a resolver its arguments but for the parent, as Strawberry converts them.

    Strawberry finds out for each request which values stay as they are, and it takes longer than all else here.
    A default is converted once: graphql-core gives the same object each time.
    """
    config = converter.config
    resolver = cast("StrawberryResolver[Any]", field.base_resolver)
    info_name = None if resolver.info_parameter is None else resolver.info_parameter.name
    plain = {
        config.name_converter.from_argument(one): one.python_name
        for one in field.arguments
        if _stays_as_it_is(one.type)
    }
    others = {config.name_converter.from_argument(one): one for one in field.arguments}
    last: dict[str, tuple[Any, dict[str, Any]]] = {}

    def converted(name: str, value: Any, info: Any) -> dict[str, Any]:
        """Convert what does not stay as it is; a value that comes again is known by its identity."""
        given, known = last.get(name, (None, {}))
        if given is not value or not known:
            known = convert_arguments(
                {name: value}, [others[name]], scalar_registry=converter.scalar_registry, config=config, info=info
            )
            last[name] = value, known
        return known

    def arguments_of(info: Info, arguments: dict[str, Any]) -> dict[str, Any]:
        info_of_field = config.info_class(_raw_info=info, _field=field)
        named: dict[str, Any] = {} if info_name is None else {info_name: info_of_field}
        for name, value in arguments.items():
            if name in plain:
                named[plain[name]] = value
            else:
                named |= converted(name, value, info_of_field)
        return named

    return arguments_of


def _stays_as_it_is(type_: object) -> bool:
    """Tell whether Strawberry leaves the values of an argument as graphql-core has coerced them."""
    if isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
        type_ = type_.of_type
    return type_ in _PLAIN
