"""What a gateway process is like: its memory, its start, more workers, and more load than it can take."""

import statistics
import time

from benchmarks.clocks import memory_bytes, postgres_of
from benchmarks.contestants import GATEWAY, gateway
from benchmarks.dataset import DataSet
from benchmarks.load.closed import press
from benchmarks.load.open import flood
from benchmarks.measuring import Measurement, Pace, Progress, measure
from benchmarks.operations import CONNECTIONS, Operation
from benchmarks.processes import free_port, running, wait_until_ready
from benchmarks.tables import Sheet, median

STARTS = 5
OVERLOAD = 4
_MEBIBYTE = 1024 * 1024


def measure_serving(
    data: DataSet, operations: list[Operation], pace: Pace, load_seconds: float, progress: Progress
) -> list[Sheet]:
    """Measure all of it; `load_seconds` is how long a process answers before its memory is looked at again."""
    page = operations[0]
    process = _process_sheet(data, operations, load_seconds, progress)
    workers, capacity = _workers_sheet(data, page, pace, progress)
    return [process, workers, _overload_sheet(data, page, capacity, pace, progress)]


def _process_sheet(data: DataSet, operations: list[Operation], seconds: float, progress: Progress) -> Sheet:
    starts: list[float] = []
    headers = GATEWAY.headers(data)  # which makes the key, if there is none yet
    for number in range(STARTS):
        progress(f"Start {number + 1} of {STARTS} ...")
        port, begun = free_port(), time.perf_counter()
        with running(GATEWAY.launch(data, port), port, data.home / "start.log") as server:
            wait_until_ready(server)
            starts.append(time.perf_counter() - begun)
    port = free_port()
    with running(GATEWAY.launch(data, port), port, data.home / "load.log") as server:
        wait_until_ready(server)
        idle = memory_bytes(server.process) / _MEBIBYTE
        progress(f"Load for {seconds:.0f} s, for the memory after it ...")
        reads = [question for one in operations if not one.is_change for question in one.questions]
        requests = [GATEWAY.ask(question, headers) for question in reads]
        answered = press(server, requests, connections=CONNECTIONS, turns=1, seconds=seconds)
        after = memory_bytes(server.process) / _MEBIBYTE
    rows = (
        (f"start to the first answer, median of {STARTS}", f"{statistics.median(starts):.2f} s"),
        ("memory, idle", f"{idle:.0f} MiB"),
        (f"memory after {answered.requests:,} requests of all kinds", f"{after:.0f} MiB"),
    )
    return Sheet("One process of the gateway", ("", ""), rows)


def _workers_sheet(data: DataSet, page: Operation, pace: Pace, progress: Progress) -> tuple[Sheet, float]:
    """Give the table, and how many requests a second one process takes."""
    measured: dict[int, list[Measurement]] = {1: [], 2: []}
    postgres = postgres_of(data.home)
    for number in range(pace.rounds):
        for workers, rounds in measured.items():
            progress(f"Workers, round {number + 1} of {pace.rounds}: {workers} ...")
            contestant, port = gateway(f"workers-{workers}", f"{workers} workers", workers=workers), free_port()
            headers = contestant.headers(data)
            with running(contestant.launch(data, port), port, data.home / f"{contestant.name}.log") as server:
                wait_until_ready(server)
                rounds.append(measure(contestant, server, headers, page, pace, postgres))
    rows: list[tuple[str, ...]] = []
    for workers, rounds in measured.items():
        one = median(rounds)
        figures = (f"{one.requests_per_second:,.0f}", f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}")
        rows.append((str(workers), *figures, f"{one.server_cpu_ms:.2f}", f"{one.database_cpu_ms:.2f}"))
    columns = ("worker processes", "requests/s", "p50 ms", "p99 ms", "CPU ms", "database CPU ms")
    return Sheet(f"Workers: {page.title}", columns, tuple(rows)), median(measured[1]).requests_per_second


def _overload_sheet(data: DataSet, page: Operation, capacity: float, pace: Pace, progress: Progress) -> Sheet:
    progress(f"{OVERLOAD} times the load that it can take ...")
    port, headers = free_port(), GATEWAY.headers(data)
    requests = [GATEWAY.ask(question, headers) for question in page.questions]
    rows: list[tuple[str, ...]] = []
    with running(GATEWAY.launch(data, port), port, data.home / "overload.log") as server:
        wait_until_ready(server)
        press(server, requests, connections=CONNECTIONS, turns=1, seconds=pace.warm_up_seconds)
        for share in (0.5, OVERLOAD):
            rate = capacity * share
            outcomes = flood(server, requests, rate=rate, seconds=pace.seconds)
            total = sum(outcome.count for outcome in outcomes.values())
            for name, outcome in sorted(outcomes.items()):
                part = (f"{outcome.count:,}", f"{outcome.count / total:.1%}")
                rows.append((f"{share:g} x, {name}", *part, f"{outcome.p50_ms:.0f}", f"{outcome.p99_ms:.0f}"))
    columns = ("load, and what came of it", "requests", "share", "p50 ms", "p99 ms")
    return Sheet(f"More load than it can take: {page.title}", columns, tuple(rows))
