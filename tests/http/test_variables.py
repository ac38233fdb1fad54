"""Variables are what graphql-core makes of them, whether it was asked or not."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, OperationDefinitionNode, Undefined, build_schema, parse
from graphql.execution.values import VariableValues, get_variable_values

from gateway.documents.coercion import MAX_DEPTH, Coercion
from gateway.documents.variables import Variables

SCHEMA = build_schema("""
enum Mood { CALM WILD }
input Size { height: Int! = 3, tags: [String!] }
input Box { size: Size! moods: [Mood] = [CALM] width: Float inner: [Box!] }
input Choice @oneOf { box: Box number: Int }
type Query {
  one(
    id: ID!, text: String, number: Int, yes: Boolean, mood: Mood, size: Size, ids: [ID!], box: Box, choice: Choice
  ): Int
}
""")
DOCUMENT = """
query (
  $id: ID!, $text: String, $number: Int = 7, $yes: Boolean, $mood: Mood, $size: Size, $ids: [ID!], $box: Box
  $choice: Choice
) {
  one(
    id: $id, text: $text, number: $number, yes: $yes, mood: $mood, size: $size, ids: $ids, box: $box, choice: $choice
  )
}
"""


def nested(times: int) -> dict[str, Any]:
    """Give a box in a box, so many times."""
    box: dict[str, Any] = {"size": {}}
    for _ in range(times):
        box = {"size": {}, "inner": [box]}
    return box


@pytest.mark.parametrize(
    "given",
    [
        {"id": "a", "number": 1},
        {"id": "a", "number": 1, "text": None, "mood": None, "size": None},
        {"id": "a", "number": 1, "text": "b", "yes": True},
        {"id": "a"},
        {"id": "a", "number": None},
        {"id": 5, "number": 1},
        {"id": None, "number": 1},
        {"number": 1},
        {"id": "a", "number": True},
        {"id": "a", "number": 2**31},
        {"id": "a", "number": -(2**31)},
        {"id": "a", "number": 1.0},
        {"id": "a", "number": 1, "text": 5},
        {"id": "a", "number": 1, "yes": 1},
        {"id": "a", "number": 1, "mood": "WILD"},
        {"id": "a", "number": 1, "mood": "ANGRY"},
        {"id": "a", "number": 1, "size": {"tags": "one"}},
        {"id": "a", "number": 1, "size": {"width": 3}},
        {"id": "a", "number": 1, "ids": "one"},
        {"id": "a", "number": 1, "ids": ["one", None]},
        {"id": "a", "number": 1, "ids": ["one", "two"]},
        {"id": "a", "number": 1, "ids": ["one", 2]},
        {"id": "a", "number": 1, "ids": []},
        {"id": "a", "number": 1, "size": {"height": None}},
        {"id": "a", "number": 1, "size": {"height": 2.5}},
        {"id": "a", "number": 1, "size": {"tags": ["one", None]}},
        {"id": "a", "number": 1, "size": {"tags": ["one"], "width": None}},
        {"id": "a", "number": 1, "size": []},
        {"id": "a", "number": 1, "box": {}},
        {"id": "a", "number": 1, "box": {"size": None}},
        {"id": "a", "number": 1, "box": {"size": {}, "moods": [None, "WILD"], "width": 1}},
        {"id": "a", "number": 1, "box": {"size": {}, "moods": ["CALM", "calm"]}},
        {"id": "a", "number": 1, "box": {"size": {}, "width": "1"}},
        {"id": "a", "number": 1, "box": nested(1)},
        {"id": "a", "number": 1, "box": nested(30)},
        {"id": "a", "number": 1, "box": nested(300)},
        {"id": "a", "number": 1, "choice": {}},
        {"id": "a", "number": 1, "choice": {"number": 1}},
        {"id": "a", "number": 1, "choice": {"number": None}},
        {"id": "a", "number": 1, "choice": {"number": 1, "box": None}},
        {"id": "a", "number": 1, "choice": {"number": 1, "box": nested(1)}},
        {"id": "a", "number": 1, "choice": {"number": 1, "neither": 1}},
        {"id": "a", "number": 1, "nobody": "asked"},
    ],
    ids=lambda given: str(given)[:80],
)
def test_values_are_what_graphql_core_makes_of_them(given: dict[str, Any]):
    (operation,) = parse(DOCUMENT).definitions
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    read = Variables(SCHEMA, Coercion(), definitions).read(given, hide_suggestions=False)
    made = get_variable_values(SCHEMA, definitions, given)
    if isinstance(made, VariableValues):
        assert isinstance(read, VariableValues)
        assert read.coerced == made.coerced
        sources = [{name: source.value for name, source in one.sources.items()} for one in (read, made)]
        assert sources[0] == sources[1]
    else:
        assert isinstance(read, list)
        assert not isinstance(read, VariableValues)
        assert [error.formatted for error in read] == [error.formatted for error in made]


def test_what_nearly_every_request_brings_is_coerced_without_graphql_core():
    box = SCHEMA.get_type("Box")
    assert isinstance(box, GraphQLInputObjectType)
    boxes = Coercion().of(box)
    assert boxes(nested(1), MAX_DEPTH)["inner"][0]["size"] == {"height": 3}
    assert boxes(nested(MAX_DEPTH), MAX_DEPTH) is Undefined
