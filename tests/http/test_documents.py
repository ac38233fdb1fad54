"""Prepared documents are kept by their text, and nobody can push the good ones out."""

import gc
import tracemalloc

import pytest
from graphql import OperationType

from gateway.documents.documents import Documents
from gateway.documents.limits import Limits
from gateway.documents.recent import Recent
from gateway.errors import RequestError
from schema.schema import build_schema, core_schema

GOOD = "query Good { viewer { role } }"


@pytest.fixture
def documents() -> Documents:
    return Documents(core_schema(build_schema()), frozenset(), Limits(), allows_introspection=True)


def test_prepares_a_document_once(documents: Documents):
    assert documents.prepare(GOOD) is documents.prepare(GOOD[:5] + GOOD[5:])


def test_prepares_a_document_that_is_wrong_once(documents: Documents):
    wrong = documents.prepare("{ nothing }")
    assert documents.prepare("{ nothing }") is wrong
    for _ in range(2):
        with pytest.raises(RequestError, match="Cannot query field 'nothing' on type 'Query'"):
            wrong.choose(None)


def test_keeps_what_came_twice_whatever_floods_in(documents: Documents):
    good = documents.prepare(GOOD)
    for _ in range(2):
        documents.keep(GOOD)
    for number in range(600):
        for _ in range(2):
            documents.prepare(f"{{ nothing{number} }}")
            documents.prepare(f"query Twice{number} {{ viewer {{ role }} }}")
        documents.prepare(f"query Once{number} {{ viewer {{ role }} }}")
        documents.keep(f"query Once{number} {{ viewer {{ role }} }}")
    for number in range(20):
        long = f"#{number}{'x' * 30_000}\n{{ viewer {{ role }} }}"
        for _ in range(2):
            documents.prepare(long)
            documents.keep(long)
    assert documents.prepare(GOOD) is good


def test_forgets_what_nobody_who_is_known_used_twice(documents: Documents):
    once = documents.prepare(GOOD)
    documents.keep(GOOD)
    for number in range(600):
        documents.prepare(f"query Other{number} {{ viewer {{ role }} }}")
    assert documents.prepare(GOOD) is not once


def test_keeps_no_more_than_so_many_texts_and_characters():
    recent = Recent[int](entries=100, characters=1_000)
    for number in range(10_000):
        recent.put(f"{number:05}", number + 1)
        for _ in range(2):
            recent.prove(f"{number:05}")
        assert recent.get(f"{number:05}") == number + 1
    assert len(recent) == 100
    for letter in "abcdefghijkl":
        recent.put(letter * 100, 1)
        for _ in range(2):
            recent.prove(letter * 100)
    assert len(recent) == 10, "1,000 characters leave room for ten texts of 100"


def test_does_not_keep_a_text_that_is_too_long_to_keep():
    recent = Recent[int](entries=100, characters=1_000)
    recent.put("x" * 1_001, 1)
    assert recent.get("x" * 1_001) is None
    assert len(recent) == 0


def test_ten_thousand_different_documents_take_bounded_memory(documents: Documents):
    for number in range(500):
        documents.prepare(f"{{ viewer {{ role }} # {number}\n }}")
    tracemalloc.start()
    for number in range(500, 1_000):
        documents.prepare(f"{{ viewer {{ role }} # {number}\n }}")
    gc.collect()
    grown, _ = tracemalloc.get_traced_memory()
    for number in range(1_000, 2_000):
        documents.prepare(f"{{ viewer {{ role }} # {number}\n }}")
    gc.collect()
    now, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert now < grown * 1.2


@pytest.mark.parametrize(
    ("query", "needs_viewer"),
    [
        ("{ __typename }", False),
        ("{ __schema { types { name } } }", False),
        ("{ ...f } fragment f on Query { ... { __typename } }", False),
        ("{ viewer { role } }", True),
        ("{ __typename viewer { role } }", True),
        ("{ __typename: viewer { role } }", True),
        ("{ ...f } fragment f on Query { ... { products { id } } }", True),
        ("{ viewer @skip(if: true) { role } }", True),
    ],
)
def test_knows_whether_somebody_must_be_signed_in(documents: Documents, query: str, *, needs_viewer: bool):
    operation = documents.prepare(query).choose(None)
    assert operation.kind is OperationType.QUERY
    assert operation.needs_viewer is needs_viewer
