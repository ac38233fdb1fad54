"""The processes that are measured: started on loopback, on the same two cores, and ended by their ids."""

import os
import resource
import shutil
import socket
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parents[1]
LOOPBACK = "127.0.0.1"
CORES = 2
_READY_SECONDS = 120
_STOP_SECONDS = 30


class BenchmarkFailed(Exception):  # noqa: N818 - it says what happened
    """Something that a measurement needs is not there, or did not do what it is there for."""


@dataclass(frozen=True, slots=True)
class Launch:
    """How a server is started: its command, and what it finds in its environment."""

    command: Sequence[str]
    environment: dict[str, str]
    directory: Path = ROOT


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers."""

    port: int
    process: psutil.Process
    log: Path

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"


def program(name: str, *, install: str) -> str:
    """Find a program. Raises BenchmarkFailed with a sentence on what to install."""
    found = shutil.which(name)
    if found is None:
        raise BenchmarkFailed(f"The program {name} is needed: install {install}.")
    return found


def pin() -> None:
    """Keep this process, and all that it starts, on the same two cores, with as many sockets as the system allows.

    Raises BenchmarkFailed where the system cannot do that.
    """
    if not hasattr(os, "sched_setaffinity"):
        raise BenchmarkFailed("Processes are kept on two cores, which needs Linux.")
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def inherited_environment() -> dict[str, str]:
    """Leave out what would lead a gateway to other servers, or change its settings."""
    own = {"DATABASE_URL", "REDIS_URL", "SMTP_URL", "FORWARDED_ALLOW_IPS"}
    return {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_") and name not in own}


@contextmanager
def running(launch: Launch, port: int, log: Path) -> Generator[Server]:
    """Run a server, once it listens, for as long as the block runs; what it prints goes to a file.

    Raises BenchmarkFailed when it does not come up.
    """
    with log.open("w") as output:
        process = subprocess.Popen(
            launch.command,
            env=inherited_environment() | launch.environment,
            cwd=launch.directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_listening(process, port, log)
            yield Server(port, psutil.Process(process.pid), log)
        finally:
            _end(process)


def wait_until_ready(server: Server) -> None:
    """Wait until a gateway that listens can answer requests. Raises BenchmarkFailed when it takes too long."""
    deadline = time.monotonic() + _READY_SECONDS
    with httpx.Client(trust_env=False, timeout=_READY_SECONDS) as http:
        while time.monotonic() < deadline:
            try:
                if http.get(f"{server.address}/health/ready").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.01)
    raise BenchmarkFailed(f"The gateway did not become ready:\n{_end_of(server.log)}")


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((LOOPBACK, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise BenchmarkFailed(f"The server did not come up:\n{_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
