"""A small schema in which everything can go wrong, and what runs it with plans and without."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import msgspec
from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLField,
    GraphQLObjectType,
    OperationDefinitionNode,
    build_schema,
    parse,
    subscribe,
    validate,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FragmentDetails

from completion import Attribute, Batch, Bound, Call, CompletingExecutor, OfClass, OperationPlans, Part, Planner, Way

_OF_ANIMALS = """
  name: String! nickname: String mood: Mood weight: Weight! tags: [String!]
  friends(first: Int): [Animal!]! best: Animal
"""
SCHEMA = build_schema(f"""
scalar Weight
enum Mood {{ CALM WILD }}
interface Animal {{ {_OF_ANIMALS} }}
type Dog implements Animal {{ {_OF_ANIMALS} slow: String! slowOrNull: String keeper: Keeper keepers: [Keeper!]!
  litter: [Animal!]! litterSize: Int! }}
type Cat implements Animal {{ {_OF_ANIMALS} lives: Int! }}
type Keeper {{ name: String! animals: [Animal]! }}
type Query {{ animals: [Animal!]! animal: Animal dogs: [Dog] first(count: Int! = 1): [Animal!] }}
type Mutation {{ feed: Keeper! }}
type Subscription {{ fed: Dog! }}
""")


@dataclass(frozen=True)
class Beast:
    """A record of an animal."""

    name: Any
    kind: Any = "Dog"
    nickname: Any = None
    mood: Any = "CALM"
    weight: Any = 3
    tags: Any = ()
    friends: Any = ()
    keeper: Any = None
    lives: Any = 9


@dataclass(frozen=True)
class Person:
    """A record of a keeper."""

    name: Any
    animals: Any = ()


@dataclass
class Day:
    """What one run works with: what is there, what is done otherwise than usual, and what was called."""

    animals: Any = ()
    faults: dict[str, Callable[..., Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def act(self, name: str, usual: Callable[..., Any], *given: Any) -> Any:
        self.calls.append(name)
        return self.faults.get(name, usual)(*given)


async def friends_of(beasts: Any, info: Any, arguments: dict[str, Any]) -> Any:
    await asyncio.sleep(0)
    return info.context.act("friends", lambda them: [one.friends[: arguments.get("first")] for one in them], beasts)


def best_of(beasts: Any, info: Any, _arguments: dict[str, Any]) -> Any:
    return info.context.act("best", lambda them: [next(iter(one.friends), None) for one in them], beasts)


async def litters_of(beasts: Any, info: Any, _arguments: dict[str, Any]) -> Any:
    """Give what both the litter and its size are part of."""
    await asyncio.sleep(0)
    return info.context.act("litters", lambda them: [one.friends for one in them], beasts)


def first_animals(info: Any, arguments: dict[str, Any]) -> Any:
    """Bind what gives the first animals to how many it is to give."""
    return lambda _root: info.context.act("first", lambda them: list(them)[: arguments["count"]], info.context.animals)


async def slow(beast: Any, info: Any) -> Any:
    await asyncio.sleep(0)
    return info.context.act("slow", lambda one: one.name, beast)


async def keepers(beast: Any, info: Any) -> Any:
    await asyncio.sleep(0)
    return info.context.act("keepers", lambda one: [one.keeper] if one.keeper else [], beast)


async def litter_sizes_of(beasts: Any, info: Any, arguments: dict[str, Any]) -> Any:
    litters = await litters_of(beasts, info, arguments)
    return [litter if isinstance(litter, Exception) else len(litter) for litter in litters]


def alone(batch: Callable[..., Any]) -> Any:
    """Make the ordinary resolver of a batch."""

    def resolve(beast: Any, info: Any, **arguments: Any) -> Any:
        values = batch([beast], info, arguments)
        return first_of(values) if isawaitable(values) else values[0]

    async def first_of(values: Any) -> Any:
        return (await values)[0]

    return resolve


def weigh(value: Any) -> Any:
    if value == "heavy":
        raise ValueError("too heavy")
    return None if value == "nothing" else f"{value} kg"


async def fed(_root: Any, info: Any) -> AsyncIterator[Any]:
    for one in info.context.animals:
        yield {"fed": one}


def _equip() -> None:
    """Give the schema its resolvers."""
    types: Any = SCHEMA.type_map
    types["Weight"].coerce_output_value = types["Weight"].serialize = weigh
    types["Animal"].resolve_type = lambda value, _info, _type: value.kind
    types["Dog"].is_type_of = lambda value, _info: isinstance(value, Beast)
    types["Keeper"].is_type_of = OfClass(Person)
    for name in ("Dog", "Cat"):
        types[name].fields["friends"].resolve = alone(friends_of)
        types[name].fields["best"].resolve = alone(best_of)
    for name in ("slow", "slowOrNull"):
        types["Dog"].fields[name].resolve = slow
    types["Dog"].fields["keepers"].resolve = keepers
    types["Dog"].fields["litter"].resolve = alone(litters_of)
    types["Dog"].fields["litterSize"].resolve = alone(litter_sizes_of)
    for name in ("animals", "dogs"):
        types["Query"].fields[name].resolve = lambda _root, info: info.context.animals
    types["Query"].fields["first"].resolve = lambda _root, info, **arguments: first_animals(info, arguments)(None)
    types["Query"].fields["animal"].resolve = lambda _root, info: info.context.animals[0]
    types["Mutation"].fields["feed"].resolve = lambda _root, info: info.context.act(
        "feed", lambda animals: Person("Ada", animals), info.context.animals
    )
    types["Subscription"].fields["fed"].subscribe = fed


_equip()
_OF_THE_DAY = {"animals", "dogs"}
_LITTERS = Batch(litters_of)
_BATCHES: dict[str, Way] = {
    "friends": Batch(friends_of),
    "best": Batch(best_of),
    "litter": Part(_LITTERS, lambda litter: litter),
    "litterSize": Part(_LITTERS, len),
}


def find_way(parent: GraphQLObjectType, name: str, _definition: GraphQLField) -> Way | None:
    if name in _BATCHES:
        return _BATCHES[name]
    if parent.name == "Query" and name in _OF_THE_DAY:
        return Bound(lambda info, _arguments: lambda _root: info.context.animals)
    if name == "first":
        return Bound(first_animals)
    if name in {"slow", "slowOrNull", "keepers"} or parent.name == "Query":
        return None
    return Call(lambda record: record.nickname) if name == "nickname" else Attribute(name)


PLANNER = Planner(SCHEMA, find_way, natives={})


@dataclass
class Result:
    """What an operation gave."""

    data: Any
    errors: list[dict[str, Any]]


def prepared(text: str) -> tuple[Any, OperationPlans]:
    """Give a document and the plans of its operation."""
    document = parse(text)
    assert not validate(SCHEMA, document), validate(SCHEMA, document)
    (operation,) = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    fragments = {
        one.name.value: FragmentDetails(one) for one in document.definitions if isinstance(one, FragmentDefinitionNode)
    }
    return document, PLANNER.plan(operation, fragments)


async def run(document: Any, plans: OperationPlans | None, day: Day, **variables: Any) -> Result:
    """Run an operation, by its plans or without."""
    executor: Any = (Executor if plans is None else CompletingExecutor).build(
        SCHEMA, document, context_value=day, raw_variable_values=variables
    )
    if plans is not None:
        executor.use_plans(plans)
    result = executor.execute_operation()
    return read(await result if isawaitable(result) else result)


async def events(document: Any, plans: OperationPlans | None, day: Day) -> list[Result]:
    """Run a subscription to its end."""

    class Planned(CompletingExecutor):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            if plans is not None:
                self.use_plans(plans)

    stream: Any = subscribe(SCHEMA, document, context_value=day, executor_class=Planned)
    stream = await stream if isawaitable(stream) else stream
    return [read(result) async for result in stream]


def plain(data: Any) -> Any:
    """Give data as a client sees it, whoever made its objects."""
    return msgspec.json.decode(msgspec.json.encode(data))


def read(result: Any) -> Result:
    errors: list[GraphQLError] = result.errors or []
    return Result(plain(result.data), sorted((dict(error.formatted) for error in errors), key=str))
