"""Load that does not wait for answers: as much as was asked for, whatever the server can take."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load.closed import Request
from benchmarks.node_programs import installed, node_of
from benchmarks.processes import BenchmarkFailed, Server

_SCRIPT = Path(__file__).with_name("open.mjs")
_PATIENCE_MS = 15_000
_SOCKETS = 10_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many requests ended in one way, and how long that took them."""

    count: int
    p50_ms: float
    p99_ms: float


def flood(server: Server, requests: Sequence[Request], *, rate: float, seconds: float) -> dict[str, Outcome]:
    """Ask so many times a second; give what came of it by status, or by what went wrong on the way."""
    asked = {
        "port": server.port,
        "requests": [{"path": one.path, "headers": one.headers, "body": one.body.decode()} for one in requests],
        "rate": rate,
        "seconds": seconds,
        "patience_ms": _PATIENCE_MS,
        "sockets": _SOCKETS,
    }
    try:
        printed = subprocess.run(
            [node_of(installed("mercurius")), str(_SCRIPT)],
            input=json.dumps(asked).encode(),
            stdout=subprocess.PIPE,
            timeout=seconds + 2 * _PATIENCE_MS / 1000,
            check=False,
        ).stdout
    except subprocess.TimeoutExpired as hung:  # Node.js may hang in its own exit, with all that was to be said
        printed = hung.stdout or b""
    if not printed.endswith(b"\n"):
        raise BenchmarkFailed("The load failed; what is wrong stands above.")
    return {name: Outcome(**outcome) for name, outcome in json.loads(printed).items()}
