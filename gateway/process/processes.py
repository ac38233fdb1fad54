"""The processes that answer requests."""

import logging
import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Callable
from functools import partial
from multiprocessing.process import BaseProcess
from multiprocessing.resource_tracker import ensure_running
from types import FrameType
from typing import Final

import structlog
from starlette.routing import Router
from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from gateway import __version__
from gateway.http.channel import Channel
from gateway.process.app import build_app
from gateway.process.listening import copies_of
from gateway.process.metrics_port import forget_process
from gateway.process.worker import FINISH_SECONDS
from gateway.settings import Mode, Settings
from gateway.setup_errors import SetupError
from gateway.sockets.wire import Wire

LONGEST_START_SECONDS = 30
"""How long a process may take to load on a busy machine before it counts as hung and is replaced."""

LONGEST_MESSAGE_BYTES = 64 * 1024
"""Of one message on a WebSocket."""

_log: Final = structlog.get_logger("gateway.process")


def answer_requests(settings: Settings, listener: socket.socket, *, processes: int, runs_jobs: bool) -> None:
    """Answer requests, and run jobs, until SIGINT or SIGTERM, in this process or in several below it.

    Raises SetupError when the application does not start, and KeyboardInterrupt at the end of a single process.
    """
    # Development tells both on the console.
    log = _log.info if settings.mode is Mode.PRODUCTION else _log.debug
    log("starting", version=__version__, host=settings.host, port=settings.port, processes=processes)
    log_stop = partial(log, "stopping")
    build = partial(_build, settings, processes if runs_jobs else None)
    config = Config(
        build,
        factory=True,
        workers=processes,
        loop="uvloop",
        http=Channel,
        ws=Wire,
        ws_max_size=LONGEST_MESSAGE_BYTES,
        # Compressing what a client sends costs memory for each socket, and a small message can unpack to a large one.
        ws_per_message_deflate=False,
        lifespan="on",
        forwarded_allow_ips=settings.forwarded_allow_ips,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=FINISH_SECONDS,
        timeout_worker_healthcheck=LONGEST_START_SECONDS,
    )
    if processes == 1:
        _answer_here(config, listener, log_stop)
    else:
        _answer_below(config, partial(build, is_replacement=True), listener, log_stop)


def _answer_here(config: Config, listener: socket.socket, log_stop: Callable[[], None]) -> None:
    """Answer in this process; it ends with the KeyboardInterrupt of its signal."""
    try:
        _Server(config, log_stop).run(sockets=copies_of(listener))
    except SystemExit as error:
        raise _not_started() from error


def _answer_below(
    config: Config, build_replacement: Callable[[], Router], listener: socket.socket, log_stop: Callable[[], None]
) -> None:
    """Answer in processes of their own, each replaced when it dies, if need be as soon as the database is back."""
    supervisor = _Supervisor(config, build_replacement, copies_of(listener), log_stop)
    supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise _not_started()


class _Server(Server):
    """Answer in this process, and log the stop when it begins."""

    def __init__(self, config: Config, log_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._log_stop = log_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a second Ctrl-C breaks off what still runs, and how that ends is no fault to be logged."""
        super().handle_exit(sig, frame)
        if self.force_exit:
            logging.getLogger("uvicorn.error").disabled = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the port, and let what runs finish."""
        self._log_stop()
        await super().shutdown(sockets)


class _Supervisor(Multiprocess):
    """Keep as many processes running as were asked for."""

    def __init__(
        self,
        config: Config,
        build_replacement: Callable[[], Router],
        sockets: list[socket.socket],
        log_stop: Callable[[], None],
    ) -> None:
        at_hangup = signal.getsignal(signal.SIGHUP)
        super().__init__(config, sockets)
        # It would restart all at the end of the terminal, which stops what was started, or is ignored (nohup).
        signal.signal(signal.SIGHUP, at_hangup)
        self._deaf_to = {signal.SIGINT} if at_hangup is signal.SIG_IGN else {signal.SIGINT, signal.SIGHUP}
        self._build_replacement = build_replacement
        self._log_stop = log_stop

    def run(self) -> None:
        """Run the processes deaf to SIGINT and SIGHUP, as a program inherits what is blocked.

        Ctrl-C and the end of the terminal reach them too. Ctrl-C would interrupt one that is still loading, with a
        traceback; the end of the terminal would end them without a goodbye. It is the supervisor that tells them to
        end, by SIGTERM. Those that take the place of dead ones are deaf as well.
        """
        ensure_running()  # a part of the spawning of processes, which unblocks SIGINT when it starts
        heard = signal.pthread_sigmask(signal.SIG_BLOCK, self._deaf_to)
        try:
            super().run()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, heard)

    def init_processes(self) -> None:
        """Start the first ones, which all end where one cannot start. What is started later is a replacement."""
        super().init_processes()
        self.config.app = self._build_replacement

    def keep_subprocess_alive(self) -> None:
        """Replace those that have died, and log how each of them ended, or hung and was killed."""
        before = tuple(self.processes)
        super().keep_subprocess_alive()
        for process, now in zip(before, self.processes, strict=True):
            if now is not process:
                forget_process(process.pid)
                _log.warning("a process died and is replaced", pid=process.pid, exit_code=process.exitcode)

    def terminate_all(self) -> None:
        """Tell all to end, and log it. The port closes: here it would still take connections that nobody answers."""
        self._log_stop()
        super().terminate_all()
        for listening in self.sockets:
            listening.close()

    def handle_signals(self) -> None:
        """Look for the signals that are blocked, beside what was heard."""
        if pending := self._deaf_to & signal.sigpending():
            signal.sigwait(pending)
            self.handle_int()
        super().handle_signals()


def _not_started() -> SetupError:
    """Say that it is the log that has the reason."""
    return SetupError("The gateway did not start: the log above tells why.")


def _build(settings: Settings, job_processes: int | None, *, is_replacement: bool = False) -> Router:
    """Make the application, in the process that is going to run it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    return build_app(settings, job_processes=job_processes, is_replacement=is_replacement)


def _end_after(parent: BaseProcess) -> None:
    """Stop this process when its parent is gone, so that a parent ended by kill -9 leaves nobody on the port."""
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
