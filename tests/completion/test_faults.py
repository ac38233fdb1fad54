"""Whatever goes wrong in a plan, the answer is the executor's: data, messages, locations, paths and nulls."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import completion.plans
from completion import CompletingExecutor
from tests.completion.zoo import PLANNER, SCHEMA, Beast, Day, Person, events, prepared, run

QUERY = """
query ($first: Int, $wild: Boolean = true) {
  animals {
    __typename ...Known best { name weight }
    ... on Dog { slow slowOrNull litter { name } litterSize keeper { name animals { name } } keepers { name } }
  }
  again: animal { friends(first: $first) { weight friends { name tags @include(if: $wild) } } }
  dogs { name nickname }
}
fragment Known on Animal { name nickname mood weight tags friends { name ... on Cat { lives } } }
"""

CAT = Beast("Tom", "Cat", tags=["grey"], mood=None)
ADA = Person("Ada", [CAT, None])
BIG_AND_OLD = ("big", "old")
DOGS = [
    Beast("Rex", nickname="R", tags=BIG_AND_OLD, friends=[CAT, Beast("Ben", weight=7, friends=[CAT])], keeper=ADA),
    Beast("Max", mood="WILD", tags=None, friends=[CAT]),
]


class NamedError(LookupError):
    name = "Bo"
    animals = ()


def failing(*_given: Any) -> Any:
    raise LookupError("out of order")


def in_the_first(**values: Any) -> list[Beast]:
    return [replace(DOGS[0], **values), DOGS[1]]


async def generated() -> Any:
    yield CAT


async def compare(text: str, make_day: Callable[[], Day], **variables: Any) -> tuple[Any, Any, Day]:
    document, plans = prepared(text)
    await run(document, plans, make_day(), **variables)
    given_up, day = plans.times_given_up, make_day()
    by_plans = await run(document, plans, day, **variables)
    without = await run(document, None, make_day(), **variables)
    assert by_plans == without
    return by_plans, plans.times_given_up - given_up, day


async def test_gives_what_the_executor_gives():
    by_plans, given_up, day = await compare(QUERY, lambda: Day(DOGS), first=1)
    assert not by_plans.errors
    assert not given_up
    assert day.calls.count("friends") == 3  # of both animals at once, of the one, and of its friends
    assert day.calls.count("litters") == 1  # for all that is part of them


@pytest.mark.parametrize(
    "value",
    [
        {"name": None},
        {"name": LookupError("an error as a value")},
        {"name": ["no", "text"]},
        {"nickname": failing},
        {"nickname": LookupError("an error as a value")},
        {"mood": "ANGRY"},
        {"mood": ["no", "hash"]},
        {"weight": "heavy"},
        {"weight": "nothing"},
        {"weight": None},
        {"tags": "text"},
        {"tags": ["fine", None]},
        {"tags": ("fine", None)},
        {"kind": "Bird"},
        {"kind": "Person"},
        {"kind": None},
        {"friends": [replace(CAT, lives=2**40)]},
        {"weight": LookupError("an error as a value")},
        {"keeper": NamedError("an error with a name")},
        {"friends": [None]},
        {"friends": [LookupError("one of a list")]},
        {"friends": None},
        {"friends": generated},
        {"keeper": CAT},
        {"keeper": Person(None)},
        {"keeper": Person("Bo", None)},
        {"keeper": Person("Bo", [replace(CAT, name=None), CAT])},
        {"keeper": LookupError("an error as a value")},
    ],
    ids=lambda value: next(iter(value)),
)
async def test_finds_what_is_wrong_with_a_value(value: dict[str, Any]):
    answer, given_up, _ = await compare(QUERY, lambda: Day(in_the_first(**value)))
    assert answer.errors
    assert given_up


@pytest.mark.parametrize(
    "value",
    [{"name": 5}, {"name": True}, {"tags": frozenset(["one"])}, {"tags": iter(["used", "up"])}],
    ids=["number", "bool", "set", "iterator"],
)
async def test_takes_what_is_unusual_and_right(value: dict[str, Any]):
    answer, _, _ = await compare(QUERY, lambda: Day(in_the_first(**value)))
    assert not answer.errors


@pytest.mark.parametrize(
    "fault",
    [
        failing,
        lambda them: [LookupError("each for itself") for _ in them],
        lambda them: [None for _ in them],
        lambda them: [one.friends if one.name == "Max" else LookupError("one of them") for one in them],
        lambda them: [[Beast(None)] for _ in them],
        lambda them: [one.friends for one in them][1:],
        lambda _them: None,
    ],
    ids=range(7),
)
@pytest.mark.parametrize("name", ["friends", "best", "litters", "slow", "keepers"])
async def test_finds_what_is_wrong_with_a_resolver(name: str, fault: Callable[..., Any]):
    if name in {"slow", "keepers"}:
        single = fault
        fault = lambda one: single([one])  # noqa: E731 - the same fault of one
    answer, given_up, _ = await compare(QUERY, lambda: Day(DOGS, {name: fault}))
    assert bool(answer.errors) == bool(given_up)


@pytest.mark.parametrize("fault", [None, failing, lambda _them: LookupError("an error as a value"), lambda _them: 5])
async def test_finds_what_is_wrong_with_a_field_bound_to_its_arguments(fault: Callable[..., Any] | None):
    text = "query ($first: Int!) { first(count: $first) { name } one: first { name friends { name } } dogs { name } }"
    answer, given_up, _ = await compare(text, lambda: Day(DOGS, {"first": fault} if fault else {}), first=2)
    assert bool(answer.errors) == bool(given_up) == bool(fault)
    assert [dog["name"] for dog in answer.data["dogs"]] == ["Rex", "Max"]
    if fault is None:
        assert [len(answer.data[key]) for key in ("first", "one")] == [2, 1]


async def test_an_error_nulls_no_more_than_it_must():
    text = "{ animal { name best { name weight } } }"
    answer, given_up, _ = await compare(text, lambda: Day([replace(DOGS[0], friends=[replace(CAT, weight="heavy")])]))
    assert answer.data == {"animal": {"name": "Rex", "best": None}}
    assert [(error["message"], error["path"]) for error in answer.errors] == [
        ("too heavy", ["animal", "best", "weight"])
    ]
    assert given_up == 1


@pytest.mark.parametrize("text", ["{ dogs { __typename } }", "{ dogs { name } }"])
async def test_finds_a_record_that_is_of_another_type(text: str):
    answer, given_up, _ = await compare(text, lambda: Day([DOGS[0], ADA, None]))
    assert answer.data["dogs"][1:] == [None, None]
    assert given_up


async def test_a_list_that_stands_in_many_places_is_written_in_each():
    answer, given_up, _ = await compare("{ dogs { tags } }", lambda: Day([replace(DOGS[1], tags=BIG_AND_OLD)] * 2))
    assert answer.data == {"dogs": [{"tags": ["big", "old"]}] * 2}
    assert not given_up


async def test_the_executor_does_nothing_twice_when_a_plan_gives_up():
    text = "{ dogs { slow keepers { name } friends { weight } } }"
    answer, given_up, day = await compare(text, lambda: Day(in_the_first(friends=[replace(CAT, weight="heavy")])))
    assert answer.errors
    assert given_up
    assert day.calls.count("slow") == 2
    assert day.calls.count("keepers") == 2


async def test_what_is_wrong_with_an_argument_is_told_of_each_place():
    text = "query ($first: Int = 1) { animals { friends(first: $first) { name } } }"
    answer, _, _ = await compare(text, lambda: Day(DOGS), first=None)
    assert not answer.errors


@pytest.mark.parametrize("wild", [True, False])
async def test_each_choice_of_conditions_has_its_plans(wild: bool):  # noqa: FBT001
    text = """query ($wild: Boolean!) {
      animals { name @skip(if: $wild) ... @include(if: $wild) { tags } ... on Dog @skip(if: $wild) { nickname } }
    }"""
    document, plans = prepared(text)
    for choice in (wild, not wild, wild):
        by_plans = await run(document, plans, Day(DOGS), wild=choice)
        assert by_plans == await run(document, None, Day(DOGS), wild=choice)
    assert plans.choices == 2
    assert not plans.times_given_up


async def test_plans_are_kept_up_to_a_size(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(completion.plans, "_MAX_SIZE", 100)
    operations = [
        prepared("{ dogs { " + " ".join(f"a{place}: name" for place in range(number, number + 30)) + " } }")
        for number in range(10)
    ]
    for document, plans in (*operations, operations[0]):
        assert await run(document, plans, Day(DOGS)) == await run(document, None, Day(DOGS))
        assert 0 < PLANNER.kept.size <= 100
    assert [plans.choices for _, plans in operations] == [1, *[0] * 7, 1, 1]


def test_plans_that_were_forgotten_take_no_others_with_them(monkeypatch: pytest.MonkeyPatch):
    document, plans = prepared("query ($wild: Boolean!) { dogs { name @include(if: $wild) nickname } }")
    wild, tame = (
        CompletingExecutor.build(SCHEMA, document, raw_variable_values={"wild": choice}).variable_values  # type: ignore[union-attr]
        for choice in (True, False)
    )
    monkeypatch.setattr(completion.plans, "_MAX_CHOICES", 1)
    forgotten, _, chosen = [plans.choose(variables, at_once=True) for variables in (wild, tame, wild)]
    monkeypatch.setattr(completion.plans, "_MAX_SIZE", 0)
    assert forgotten is not None
    assert forgotten is not chosen
    assert forgotten.whole.begin(wild), "which is written, and has no place"
    assert plans.choose(wild, at_once=True) is chosen


async def test_a_mutation_is_done_once_whatever_becomes_of_its_payload():
    text = "mutation { feed { name animals { name weight } } }"
    answer, given_up, day = await compare(text, lambda: Day([*in_the_first(weight="heavy"), CAT]))
    assert answer.data["feed"]["animals"][0] is None
    assert given_up == 1
    assert day.calls == ["feed"]


async def test_each_event_of_a_subscription_is_completed_by_the_same_plan():
    text = "subscription { fed { name slow weight friends { name } } }"
    document, plans = prepared(text)
    animals = [DOGS[0], replace(DOGS[1], weight="heavy"), DOGS[1], replace(DOGS[0], name=None)]
    by_plans = await events(document, plans, Day(animals))
    assert by_plans == await events(document, None, Day(animals))
    assert [bool(event.errors) for event in by_plans] == [False, True, False, True]
    assert plans.times_given_up == 2
