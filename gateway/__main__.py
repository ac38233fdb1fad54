"""Let `python -m gateway` be the command line."""

import os
import signal
from types import FrameType


def _end(number: int, _frame: FrameType | None) -> None:
    """End by a signal, without a traceback. The first process of a container is not ended by it, and exits."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    os._exit(128 + number)


# Processes of `serve --workers` import this module too, under another name.
if __name__ == "__main__":
    at_interrupt = signal.getsignal(signal.SIGINT)
    if at_interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)
    signal.signal(signal.SIGTERM, _end)

    from gateway.commands import main

    signal.signal(signal.SIGINT, at_interrupt)
    main()
