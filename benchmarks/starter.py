"""A gateway of a benchmark's own: on a free port of the loopback, with a data directory that goes away with it."""

import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import (
    LOOPBACK,
    ROOT,
    BenchmarkFailed,
    Launch,
    Server,
    free_port,
    inherited_environment,
    running,
    wait_until_ready,
)

_COMMAND_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that runs."""

    server: Server
    environment: dict[str, str]

    def run(self, *arguments: str) -> str:
        """Run a command beside the gateway to its end, and give what it printed. Raises BenchmarkFailed."""
        finished = subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            env=inherited_environment() | self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        if finished.returncode != 0:
            raise BenchmarkFailed(f"gateway {' '.join(arguments)}: {finished.stderr.strip()}")
        return finished.stdout


@contextmanager
def running_gateway() -> Generator[Gateway]:
    """Start a gateway with all that it needs, and stop it in the end, whichever way that comes."""
    with tempfile.TemporaryDirectory(prefix="gateway-benchmark-") as directory:
        home = Path(directory)
        # PostgreSQL does not run as root: there it is another user who has to get at its files.
        home.chmod(0o711)
        port = free_port()
        environment = {
            "GATEWAY_HOST": LOOPBACK,
            "GATEWAY_PORT": str(port),
            "GATEWAY_DATA_DIR": str(home / "data"),
        }
        launch = Launch([sys.executable, "-m", "gateway", "serve"], environment)
        with running(launch, port, home / "serve.log") as server:
            wait_until_ready(server)
            yield Gateway(server, environment)
