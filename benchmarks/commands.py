"""What all commands that measure have in common."""

import signal
import sys
from collections.abc import Callable

from rich.console import Console

from benchmarks.processes import BenchmarkFailed
from gateway.setup_errors import SetupError


def run(measure: Callable[[Console], None]) -> None:
    """Measure, and say in one sentence why not, with exit status 1. Every signal stops it as Ctrl-C does."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        measure(Console())
    except (BenchmarkFailed, SetupError) as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit("Stopped.")
