"""The port on which Prometheus collects `gateway.metrics`, one for all processes of a gateway.

It is apart from the port of the clients, so that nobody finds it through a load balancer. Several processes write their
figures into files of a directory, each into its own, and what is collected are their sums.
"""

import os
import signal
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from tempfile import TemporaryDirectory
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server
from prometheus_client.multiprocess import (
    MultiProcessCollector,
    mark_process_dead,  # pyright: ignore[reportUnknownVariableType] - the same
)

from gateway.settings import Settings
from gateway.setup_errors import SetupError

_DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which a process that is started learns where its files go, before it imports the library."""

_SIGNALS: Final = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


@contextmanager
def metrics_served(settings: Settings, *, processes: int) -> Generator[None]:
    """Let metrics be collected for as long as the block runs, where a port is set for it. Raises SetupError."""
    if settings.metrics_port is None:
        yield
        return
    with ExitStack() as opened:
        registry = REGISTRY
        if processes > 1:
            os.environ[_DIRECTORY] = opened.enter_context(TemporaryDirectory(prefix="gateway-metrics-"))
            opened.callback(os.environ.pop, _DIRECTORY)
            registry = CollectorRegistry()
            MultiProcessCollector(registry, os.environ[_DIRECTORY])  # type: ignore[no-untyped-call]  # the library has no types there
        opened.enter_context(_listening(settings.host, settings.metrics_port, registry))
        yield


def forget_process(pid: int | None) -> None:
    """Leave out what a process that died was doing; what it had counted stays."""
    if directory := os.environ.get(_DIRECTORY):
        mark_process_dead(pid, directory)  # type: ignore[no-untyped-call]  # the library has no types there


@contextmanager
def _listening(host: str, port: int, registry: CollectorRegistry) -> Generator[None]:
    """Answer in a thread, which is deaf to signals: they are for the thread that waits for them."""
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise SetupError(
            f"Port {port} cannot be had for metrics ({error.strerror}): set GATEWAY_METRICS_PORT to another port."
        ) from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
