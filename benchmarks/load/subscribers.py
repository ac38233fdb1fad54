"""Subscribers in processes of their own, each with many open sockets."""

import json
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.node_programs import installed, node_of
from benchmarks.processes import BenchmarkFailed, Server

PROCESSES = 2
_SCRIPT = Path(__file__).with_name("subscribers.mjs")

Event = tuple[int, float]
"""A revision, and when it came: milliseconds of the monotonic clock."""


class Subscribers:
    """All open subscriptions."""

    def __init__(self, processes: Sequence["subprocess.Popen[str]"]) -> None:
        self._processes = processes

    def events(self) -> list[Event]:
        """Give what came since the last time. Raises BenchmarkFailed where a subscription was lost."""
        found: list[Event] = []
        for process in self._processes:
            _say(process, "report")
        for process in self._processes:
            told = _hear(process)
            if told["lost"]:
                raise BenchmarkFailed(f"{told['lost']} subscriptions were closed by the server.")
            found += [(revision, at) for revision, at in told["events"]]
        return found


@contextmanager
def subscribed(
    servers: Sequence[Server], count: int, *, init: dict[str, Any], payload: dict[str, Any]
) -> Generator[Subscribers]:
    """Open so many subscriptions, spread over the servers, for as long as the block runs. Raises BenchmarkFailed."""
    processes = [_start() for _ in range(PROCESSES)]
    try:
        for place, process in enumerate(processes):
            own = count // PROCESSES + (place < count % PROCESSES)
            ports = [server.port for server in servers]
            _say(process, json.dumps({"ports": ports, "count": own, "init": init, "payload": payload}))
        for process in processes:
            _hear(process)
        yield Subscribers(processes)
    finally:
        for process in processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _start() -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [node_of(installed("mercurius")), str(_SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _say(process: "subprocess.Popen[str]", line: str) -> None:
    if process.stdin is None:
        raise BenchmarkFailed("The subscribers do not listen.")
    try:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    except BrokenPipeError as error:
        raise BenchmarkFailed("The subscribers ended.") from error


def _hear(process: "subprocess.Popen[str]") -> dict[str, Any]:
    line = process.stdout.readline() if process.stdout is not None else ""
    told: dict[str, Any] = json.loads(line) if line else {"failed": "its process ended"}
    if "failed" in told:
        raise BenchmarkFailed(f"A subscription could not be opened: {told['failed']}")
    return told
