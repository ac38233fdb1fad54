"""Load from clients that each wait for their answer before they ask again: wrk, a program in C."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import BenchmarkFailed, Server, program

_SCRIPT = Path(__file__).parent / "requests.lua"
_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Request:
    """A POST as it is sent."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """How a load was answered; `failures` are the requests that were not, or not with a status of 2xx."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    failures: int


def press(server: Server, requests: Sequence[Request], *, connections: int, turns: int, seconds: float) -> Answered:
    """Ask for so many seconds. With `turns` above 1, each client has so many requests of its own.

    Raises BenchmarkFailed where wrk is not there.
    """
    wrk = find_wrk()
    own = turns if turns > 1 else 0
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(_as_lua(requests))
        file.flush()
        finished = subprocess.run(
            [
                wrk,
                f"-t{connections if own else 1}",
                f"-c{connections}",
                f"-d{max(round(seconds), 1)}s",
                f"--timeout={_TIMEOUT_SECONDS}s",
                f"--script={_SCRIPT}",
                server.address,
                "--",
                file.name,
                str(own),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    _, found, result = finished.stdout.rpartition("RESULT ")
    if not found:
        raise BenchmarkFailed(f"wrk failed: {finished.stdout}{finished.stderr}")
    return Answered(**json.loads(result))


def find_wrk() -> str:
    """Find the program. Raises BenchmarkFailed where it is not there."""
    return program("wrk", install="the package wrk of Debian")


def _as_lua(requests: Sequence[Request]) -> str:
    """Write requests as a table of Lua."""
    return "return {" + ",".join(_one_as_lua(request) for request in requests) + "}"


def _one_as_lua(request: Request) -> str:
    headers = ",".join(f"[{_text(name)}]={_text(value)}" for name, value in request.headers.items())
    return f"{{path={_text(request.path)},headers={{{headers}}},body={_text(request.body.decode())}}}"


def _text(text: str) -> str:
    """Write a text of Lua: what JSON escapes is escaped byte by byte."""
    return '"' + "".join(chr(byte) if _is_plain(byte) else f"\\{byte:03}" for byte in text.encode()) + '"'


def _is_plain(byte: int) -> bool:
    return chr(byte).isascii() and chr(byte).isprintable() and chr(byte) not in '"\\'
