"""Rounds of measurements: each server in its turn, alone with the database, through all operations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import psutil

from benchmarks.checking import Answers
from benchmarks.clocks import cpu_seconds, postgres_of
from benchmarks.contestants import Contestant
from benchmarks.dataset import DataSet
from benchmarks.load.closed import press
from benchmarks.operations import Operation
from benchmarks.processes import BenchmarkFailed, Server, free_port, running

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long is measured, and how often."""

    rounds: int
    warm_up_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """One server at one operation in one round; CPU is that of one request, in milliseconds."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    database_cpu_ms: float


Measurements = dict[tuple[str, str], list[Measurement]]
"""All rounds, by the name of the contestant and the title of the operation."""


def measure_rounds(
    data: DataSet, contestants: Sequence[Contestant], operations: Sequence[Operation], pace: Pace, progress: Progress
) -> Measurements:
    """Measure everybody in each round, in an order that changes from round to round. Raises BenchmarkFailed."""
    answers, measured = Answers(), Measurements()
    postgres = postgres_of(data.home)
    for number in range(pace.rounds):
        turned = number % len(contestants)
        # In the first round the first is first: its answers are the ones to compare with.
        for contestant in (*contestants[turned:], *contestants[:turned]):
            progress(f"Round {number + 1} of {pace.rounds}: starting {contestant.title} ...")
            port, headers = free_port(), contestant.headers(data)
            with running(contestant.launch(data, port), port, data.home / f"{contestant.name}.log") as server:
                answers.check(contestant, server, headers, operations)
                for operation in operations:
                    if operation.questions[0].document not in contestant.cannot:
                        progress(f"Round {number + 1} of {pace.rounds}: {contestant.title}, {operation.title} ...")
                        one = _measure(contestant, server, headers, operation, pace, postgres)
                        measured.setdefault((contestant.name, operation.title), []).append(one)
    return measured


def _measure(  # noqa: PLR0913, PLR0917 - what is measured, where and how long
    contestant: Contestant,
    server: Server,
    headers: Mapping[str, str],
    operation: Operation,
    pace: Pace,
    postgres: psutil.Process,
) -> Measurement:
    requests = [contestant.ask(question, headers) for question in operation.questions]
    press(server, requests, connections=operation.connections, turns=operation.turns, seconds=pace.warm_up_seconds)
    before = cpu_seconds(server.process), cpu_seconds(postgres)
    answered = press(server, requests, connections=operation.connections, turns=operation.turns, seconds=pace.seconds)
    server_cpu, database_cpu = cpu_seconds(server.process) - before[0], cpu_seconds(postgres) - before[1]
    if answered.failures or not answered.requests:
        raise BenchmarkFailed(
            f"{contestant.title} failed at {answered.failures} of {answered.requests} requests: {operation.title}"
        )
    return Measurement(
        answered.requests / answered.seconds,
        answered.p50_ms,
        answered.p99_ms,
        server_cpu * 1000 / answered.requests,
        database_cpu * 1000 / answered.requests,
    )
