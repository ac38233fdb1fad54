"""Gateways that run as people run them: as processes, on data directories and ports of their own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx
import psutil

ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:${GATEWAY_PORT:-8000}"
PATIENCE_SECONDS = 60
COMMAND_SECONDS = 600


def modules_in(folder: str) -> list[Path]:
    """Give the files of Python below a folder of the repository; packages of npm may have some of their own."""
    return [path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts]


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@dataclass
class House:
    """A data directory, a port, and what is run on them."""

    data_dir: Path
    port: int = field(default_factory=free_port)
    environment: dict[str, str] = field(default_factory=dict)
    processes: list["Gateway"] = field(default_factory=list)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "gateway", *arguments],
            env=self.whole_environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def complaint(self, *arguments: str) -> str:
        """Run a command that fails as it should: with status 1 and one sentence."""
        finished = self.run(*arguments)
        assert finished.returncode == 1, finished
        lines = finished.stderr.splitlines()
        assert len(lines) == 1, finished.stderr
        assert lines[0].endswith(".")
        return lines[0]

    def serve(self, *arguments: str) -> "Gateway":
        """Start a gateway and wait until it is ready."""
        gateway = self.start("serve", *arguments)
        gateway.wait_until_ready()
        return gateway

    def start(self, *arguments: str, log: int | IO[str] = subprocess.STDOUT) -> "Gateway":
        """Start a command that runs until it is ended, and logs to where it prints unless told otherwise."""
        gateway = Gateway(
            subprocess.Popen(
                [sys.executable, "-m", "gateway", *arguments],
                env=self.whole_environment(),
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            ),
            f"http://127.0.0.1:{self.port}",
        )
        self.processes.append(gateway)
        return gateway

    def follow(self, script: str) -> "subprocess.Popen[str]":
        """Follow commands of the README in a shell, against the gateway on this port."""
        assert ADDRESS in script
        return subprocess.Popen(
            ["/usr/bin/env", "bash", "-u", "-c", script],
            env=self.whole_environment(),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def processes_left(self) -> list[str]:
        """Give the command lines that still name the data directory: those of its servers."""
        lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
        return [line for line in lines if str(self.data_dir) in line]

    def whole_environment(self) -> dict[str, str]:
        own = {"GATEWAY_DATA_DIR": str(self.data_dir), "GATEWAY_PORT": str(self.port), **self.environment}
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("GATEWAY_")
            and name not in {"DATABASE_URL", "REDIS_URL", "SMTP_URL", "FORWARDED_ALLOW_IPS"}
        }
        return inherited | own


class Gateway:
    """A gateway that runs, and what it has printed."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_until_ready(self, path: str = "/health/ready") -> None:
        """Wait until it says that all it needs answers, or, at another path, whatever that tells."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.printed
            try:
                if httpx.get(f"{self.address}{path}", timeout=5).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.printed)

    def end(self, number: signal.Signals) -> int:
        """Send a signal as a terminal does, to the whole group, save for SIGKILL; give the exit status."""
        if number is signal.SIGKILL:
            self.process.kill()
        else:
            os.killpg(self.process.pid, number)
        status = self.process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        return status

    @property
    def workers(self) -> list[psutil.Process]:
        """Give the processes that answer for it."""
        children = psutil.process_iter(["cmdline", "ppid"])  # a process that has ended has no command line
        below = [process for process in children if process.info["ppid"] == self.process.pid]
        return [process for process in below if "spawn_main" in " ".join(process.info["cmdline"] or [])]

    @property
    def printed(self) -> str:
        """Give all that it has printed so far."""
        return "".join(self._lines)

    @property
    def faults(self) -> str:
        """Give what it has printed from its first traceback on, and a little before: nothing where there is none."""
        start = self.printed.find("Traceback")
        return "" if start < 0 else self.printed[max(0, start - 1000) :]

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            self._lines.extend(lines)
