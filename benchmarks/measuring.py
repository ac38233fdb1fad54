"""Rounds of measurements: each server in its turn, alone with the database, through all operations."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import psutil

from benchmarks.checking import Answers
from benchmarks.clocks import cpu_seconds, postgres_of
from benchmarks.contestants import Contestant
from benchmarks.dataset import DataSet
from benchmarks.load.closed import press
from benchmarks.operations import Operation
from benchmarks.processes import BenchmarkFailed, Server, free_port, running
from benchmarks.subjects import take_back

Progress = Callable[[str], None]

_ANSWERS_EACH = 4
"""That a client gets at least: where a server is slow, it is measured for longer."""


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
    failed: float
    """The share of requests that failed. All but CPU is about the others."""


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
                        one = measure(contestant, server, headers, operation, pace, postgres)
                        measured.setdefault((contestant.name, operation.title), []).append(one)
            # The last change may have been one that was not taken back, and is done only when its server has ended.
            asyncio.run(take_back(data.database_url))
    return measured


def measure(  # noqa: PLR0913, PLR0917 - what is measured, where and how long
    contestant: Contestant,
    server: Server,
    headers: Mapping[str, str],
    operation: Operation,
    pace: Pace,
    postgres: psutil.Process,
) -> Measurement:
    """Measure one operation, after a warm-up. Raises BenchmarkFailed when no answer is a success."""
    requests = [contestant.ask(question, headers) for question in operation.questions]
    load = partial(press, server, requests, connections=operation.connections, turns=operation.turns)
    load(seconds=pace.warm_up_seconds)
    seconds = pace.seconds
    while True:
        before = cpu_seconds(server.process), cpu_seconds(postgres)
        answered = load(seconds=seconds)
        after = cpu_seconds(server.process), cpu_seconds(postgres)
        asked = answered.requests + answered.failures
        if asked >= _ANSWERS_EACH * operation.connections:
            break
        seconds *= 2
    if not answered.requests:
        raise BenchmarkFailed(f"{contestant.title} failed at every request: {operation.title}")
    # In the end each client waits for an answer that is on average half done, and that nobody counts.
    begun = asked + operation.connections / 2
    return Measurement(
        answered.requests / answered.seconds,
        answered.p50_ms,
        answered.p99_ms,
        (after[0] - before[0]) * 1000 / begun,
        (after[1] - before[1]) * 1000 / begun,
        answered.failures / asked,
    )
