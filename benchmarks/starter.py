"""A gateway of a benchmark's own: on a free port of the loopback, with a data directory that goes away with it."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.processes import LOOPBACK, ROOT, free_port

_READY_SECONDS = 60
_COMMAND_SECONDS = 600
_STOP_SECONDS = 60


class GatewayFailed(Exception):  # noqa: N818 - it says what happened
    """A gateway, or a command beside it, did not do what it is there for."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that runs."""

    address: str
    environment: dict[str, str]
    process_id: int

    def run(self, *arguments: str) -> str:
        """Run a command beside the gateway to its end, and give what it printed."""
        finished = subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
        if finished.returncode != 0:
            raise GatewayFailed(f"gateway {' '.join(arguments)}: {finished.stderr.strip()}")
        return finished.stdout


@contextmanager
def running_gateway() -> Generator[Gateway]:
    """Start a gateway with all that it needs, and stop it in the end, whichever way that comes."""
    with tempfile.TemporaryDirectory(prefix="gateway-benchmark-") as directory:
        home = Path(directory)
        # PostgreSQL does not run as root: there it is another user who has to get at its files.
        home.chmod(0o711)
        port = free_port()
        environment = _environment(home / "data", port)
        printed = home / "serve.log"
        with printed.open("w") as log:
            # A session of its own: Ctrl-C comes here only, and the gateway is stopped once.
            process = subprocess.Popen(
                [sys.executable, "-m", "gateway", "serve"],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        gateway = Gateway(f"http://{LOOPBACK}:{port}", environment, process.pid)
        try:
            _wait_until_ready(process, gateway.address, printed)
            yield gateway
        finally:
            _stop(process)


def _environment(data_dir: Path, port: int) -> dict[str, str]:
    """Leave out what would lead the gateway to other servers, or change its settings."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GATEWAY_") and name not in {"DATABASE_URL", "REDIS_URL"}
    }
    own = {"GATEWAY_HOST": LOOPBACK, "GATEWAY_PORT": str(port), "GATEWAY_DATA_DIR": str(data_dir)}
    return inherited | own


def _wait_until_ready(process: subprocess.Popen[bytes], address: str, printed: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    with httpx.Client(trust_env=False, timeout=5) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                if client.get(f"{address}/health/ready").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
    raise GatewayFailed(f"The gateway did not become ready:\n{printed.read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the gateway to stop, which stops the servers that it started."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise GatewayFailed("The gateway did not stop in time and was killed; its servers may still run.") from None
