"""Whether what the gateway is measured against by `make bench` gives the same answers. Nothing is timed."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import asyncpg
import orjson
import pytest

from benchmarks.checking import ask
from benchmarks.contestants import GATEWAY, HANDWRITTEN, Contestant
from benchmarks.dataset import DataSet, dataset
from benchmarks.operations import all_operations
from benchmarks.processes import free_port, running
from benchmarks.subjects import Subjects, find_subjects

USERS = 2_000


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataSet]:
    """Give a small data set."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("GATEWAY_DATA_DIR", str(tmp_path_factory.mktemp("bench")))
        yield stack.enter_context(dataset(USERS, lambda _: None))


@pytest.fixture(scope="module")
def subjects(data: DataSet) -> Subjects:
    """Give whom the operations are about."""
    return asyncio.run(find_subjects(data.database_url))


def test_the_hand_written_endpoint_gives_the_answers_of_the_gateway_byte_for_byte(data: DataSet, subjects: Subjects):
    theirs = _answers(HANDWRITTEN, data, subjects)
    for title, answer in _answers(GATEWAY, data, subjects).items():
        assert theirs[title] == answer, title


def test_every_operation_finds_something(data: DataSet, subjects: Subjects):
    for title, answer in _answers(HANDWRITTEN, data, subjects).items():
        assert len(answer) > 100, title


def test_a_data_set_has_as_many_users_as_were_asked_for(data: DataSet, subjects: Subjects):
    async def count() -> Any:
        connection = await asyncpg.connect(data.database_url)
        try:
            return await connection.fetchval("SELECT count(*) FROM users")
        finally:
            await connection.close()

    assert asyncio.run(count()) == USERS
    assert subjects.large != subjects.small


def _answers(contestant: Contestant, data: DataSet, subjects: Subjects) -> dict[str, bytes]:
    """Ask every question once, and give the data of each answer, its keys in their order."""
    answers: dict[str, bytes] = {}
    port, headers = free_port(), contestant.headers(data)
    with running(contestant.launch(data, port), port, data.home / f"{contestant.name}.log") as server:
        for operation in all_operations(subjects):
            for place, question in enumerate(operation.questions):
                body = ask(server, contestant.ask(question, headers))
                answers[f"{operation.title}, {place}"] = orjson.dumps(contestant.answer(question, body))
    return answers
