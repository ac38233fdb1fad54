"""Variables are what graphql-core makes of them, whether it was asked or not."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse
from graphql.execution.values import VariableValues, get_variable_values

from gateway.variables import Variables

SCHEMA = build_schema("""
enum Mood { CALM WILD }
input Size { height: Int! = 3, tags: [String!] }
type Query { one(id: ID!, text: String, number: Int, yes: Boolean, mood: Mood, size: Size, ids: [ID!]): Int }
""")
DOCUMENT = """
query ($id: ID!, $text: String, $number: Int = 7, $yes: Boolean, $mood: Mood, $size: Size, $ids: [ID!]) {
  one(id: $id, text: $text, number: $number, yes: $yes, mood: $mood, size: $size, ids: $ids)
}
"""


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
        {"id": "a", "number": 1, "nobody": "asked"},
    ],
    ids=str,
)
def test_values_are_what_graphql_core_makes_of_them(given: dict[str, Any]):
    (operation,) = parse(DOCUMENT).definitions
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    read = Variables(SCHEMA, definitions).read(given, hide_suggestions=False)
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
