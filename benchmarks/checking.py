"""Whether all answer alike, looked at before anything is timed."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from benchmarks.answers import difference, normal
from benchmarks.contestants import Contestant
from benchmarks.load.closed import Request
from benchmarks.operations import Operation, Question
from benchmarks.processes import BenchmarkFailed, Server

PATIENCE_SECONDS = 120


def ask(server: Server, request: Request) -> bytes:
    """Ask one question, with patience for a server that has only just started. Raises BenchmarkFailed."""
    try:
        with httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS) as http:
            response = http.post(f"{server.address}{request.path}", headers=request.headers, content=request.body)
    except httpx.TransportError as error:
        log = server.log.read_text(errors="replace")[-2000:]
        raise BenchmarkFailed(f"The server does not answer ({error}):\n{log}") from error
    if not response.is_success:
        raise BenchmarkFailed(f"The server answers with {response.status_code}: {response.text[:2000]}")
    return response.content


class Answers:
    """What the first server answered, which all others are compared with."""

    def __init__(self) -> None:
        self._expected: dict[tuple[str, str], Any] = {}

    def check(
        self, contestant: Contestant, server: Server, headers: Mapping[str, str], operations: Sequence[Operation]
    ) -> None:
        """Ask all that this server can do. Raises BenchmarkFailed at the first answer that differs.

        Each question is asked twice, since a compiler may be at work only from the second time on.
        """
        for operation in operations:
            for question in operation.questions * 2:
                if question.document not in contestant.cannot:
                    answer = contestant.answer(question, ask(server, contestant.ask(question, headers)))
                    self._compare(contestant, question, normal(answer))

    def _compare(self, contestant: Contestant, question: Question, answer: Any) -> None:
        key = (question.document, repr(question.variables))
        found = difference(self._expected.setdefault(key, answer), answer)
        if found:
            raise BenchmarkFailed(f"{contestant.title} answers {question.document} otherwise: {found}")
