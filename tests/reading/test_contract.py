"""The schema that clients are written against."""

from pathlib import Path

import schema
from schema.schema import build_schema

ROOT = Path(__file__).parents[2]


def test_the_committed_schema_is_current():
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == f"{build_schema().as_str()}\n"


def test_no_dependency_shadows_the_package_schema():
    assert Path(str(schema.__file__)).is_relative_to(ROOT)
