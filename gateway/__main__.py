"""Let `python -m gateway` be the command line."""

import signal

# Processes of `serve --workers` import this module too, under another name.
if __name__ == "__main__":
    at_interrupt = signal.getsignal(signal.SIGINT)
    if at_interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C while it loads ends it without a traceback

    from gateway.commands import main

    signal.signal(signal.SIGINT, at_interrupt)
    main()
