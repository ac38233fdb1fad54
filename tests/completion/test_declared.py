"""What a record declares of a value is not tested again, and nothing else goes untested."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Optional

import pytest
from graphql import GraphQLBoolean, GraphQLInt, GraphQLString

from completion.leaves import NAMES_IN_TESTS, UTC_INSTANTS, Passing, passing

TEXT, YES_OR_NO, NUMBER = (passing(type_, {}) for type_ in (GraphQLString, GraphQLBoolean, GraphQLInt))
NOW = datetime.now(UTC)
THERE = NOW.astimezone(timezone(timedelta(hours=1)))


def holds(test: str, value: object) -> bool:
    """Tell whether a value passes a test."""
    return bool(eval(test, NAMES_IN_TESTS | {"v": value}))  # noqa: S307 - the tests of plans


@pytest.mark.parametrize(
    ("passes", "nullable", "declared"),
    [
        (TEXT, False, str),
        (TEXT, True, str),
        (TEXT, True, str | None),
        (TEXT, True, Optional[str]),  # noqa: UP045 - the other spelling of it
        (YES_OR_NO, False, bool),
    ],
)
def test_what_can_be_nothing_else_is_not_tested(passes: Passing, nullable: bool, declared: Any):  # noqa: FBT001
    assert not passes.test("v", nullable=nullable, declared=declared)


@pytest.mark.parametrize(
    ("passes", "nullable", "declared", "passed", "refused"),
    [
        (TEXT, False, None, ["a"], [None, 1]),
        (TEXT, False, object, ["a"], [None, 1]),
        (TEXT, False, str | None, ["a"], [None]),
        (TEXT, False, str | int, ["a"], [1]),
        (TEXT, True, str | int, ["a", None], [1]),
        (YES_OR_NO, False, int, [True], [1, None]),
        (NUMBER, False, int, [1, -(2**31)], [2**31, -(2**31) - 1]),
        (NUMBER, True, int | None, [1, None], [2**31]),
        (NUMBER, False, bool, [1], [True, None]),
        (UTC_INSTANTS, False, datetime, [NOW], [THERE]),
        (UTC_INSTANTS, True, datetime | None, [NOW, None], [THERE]),
        (UTC_INSTANTS, True, None, [NOW, None], [THERE, "now"]),
    ],
)
def test_what_may_be_something_else_is_tested(
    passes: Passing,
    nullable: bool,  # noqa: FBT001
    declared: Any,
    passed: list[Any],
    refused: list[Any],
):
    test = passes.test("v", nullable=nullable, declared=declared)
    assert [value for value in (*passed, *refused) if holds(test, value)] == passed
