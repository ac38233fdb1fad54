"""What the module that writes plans shows of one is what it writes."""

import re

from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import VariableValues

from completion import writing
from completion.selecting import Selecting
from schema.schema import build_planner, core_schema
from tests.completion.comparing import DOCUMENTS, SCHEMA


def source_of(text: str) -> str:
    """Write the plan of a query without variables."""
    schema, planner = core_schema(SCHEMA), build_planner(SCHEMA)
    operation, none = DOCUMENTS.prepare(text).choose(None), VariableValues({}, {})
    fragments, query = operation.fragments.details, schema.query_type
    assert query is not None
    fields = collect_fields(schema, fragments, none, query, operation.definition).grouped_field_set
    selecting = Selecting(schema, operation.definition, fragments, none, planner.find_way)
    return writing.Writer(planner.natives).write_root(selecting.root(query, fields)).source


def words(text: str) -> str:
    """Take the lines of a text together, however it is broken and indented."""
    return " ".join(text.split())


def test_the_example_is_what_is_written():
    told = writing.__doc__ or ""
    (query,) = re.findall(r"^For `(.*)` the function", told, re.MULTILINE)
    examples = re.findall(r"^ {4}def .*\n(?: {8,}.*\n)+", told, re.MULTILINE)
    assert len(examples) == 2
    written = words(source_of(query))
    for example in examples:
        assert words(example) in written
