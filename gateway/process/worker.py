"""The worker: runs the jobs of the queue, on a connection of its own, and comes back whenever it loses that.

`serve` has one in each of its processes; `python -m gateway worker` is one alone.
"""

import asyncio
import math
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from pgqueuer import PgQueuer
from pgqueuer.errors import RetryRequested
from pgqueuer.models import Job, Schedule

from events.cancelling import cancel
from gateway.mail.courier import Courier, Writing
from gateway.mail.link_tokens import LinkTokens
from gateway.mail.maildir import MailFolder
from gateway.mail.smtp import MailServer
from gateway.mail.throttle import Throttle
from gateway.mail.transports import Transport
from gateway.process.jobs import JOBS, TIMED, TimedJob, Tools, wake_mailings
from gateway.process.jobs import Job as JobFunction
from gateway.services import Services, open_services, server_urls
from gateway.settings import Mode, Settings
from persistence.failures import UNDONE
from persistence.jobs import QueueConnection, queue_connection

FINISH_SECONDS: Final = 10
"""How long what runs may take to finish after the process was told to stop: requests, and the mail being sent."""

_JOBS_AT_ONCE: Final = 20
_JOBS_TAKEN: Final = 10
"""In one statement; the queue wants at least twice as many at once."""

_DEAD_AFTER: Final = timedelta(seconds=10)
"""When jobs of a worker that gives no sign of life are run by another one."""

_JOB_PAUSE: Final = timedelta(seconds=15)
"""After which a job is run again that was not done."""

_MOST_ATTEMPTS: Final = 20
"""At a job that fails; one that the database kept from being done is tried for as long as it takes."""

_PAUSES_SECONDS: Final = (0.5, 1, 2, 5, 10)
_SETTLED_SECONDS: Final = 60.0

_log: Final = structlog.get_logger("gateway.worker")


@asynccontextmanager
async def running_worker(settings: Settings, services: Services, *, processes: int) -> AsyncGenerator["Worker"]:
    """Run a worker, one of so many like it, for as long as the block runs, and let it finish the mail it is sending.

    It may be told to stop before the block ends.
    """
    worker = Worker(settings, services, processes)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        _, late = await asyncio.wait({running}, timeout=worker.finish_by - time.monotonic())
        if late:
            _log.warning("the jobs that run are broken off")
        worker.cut_off()
        await cancel(running)


async def work_alone(settings: Settings) -> None:
    """Run a worker until SIGINT or SIGTERM. Raises SetupError, DatabaseUnavailable."""
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    async with open_services(settings) as services, running_worker(settings, services, processes=1):
        await told_to_stop.wait()


class Worker:
    """Runs jobs until it is told to stop."""

    def __init__(self, settings: Settings, services: Services, processes: int) -> None:
        self._database_url, _ = server_urls(settings)
        self._database = services.database
        self._broker = services.broker
        tokens = LinkTokens.load(settings.signing_keys_dir, create=settings.mode is Mode.DEVELOPMENT)
        self._transport = _transport(settings)
        lease = timedelta(seconds=2 * settings.smtp_timeout_seconds)
        self._courier = Courier(
            services.database,
            services.broker,
            self._transport,
            tokens,
            Throttle(settings.mails_per_second / processes),
            Writing(settings.sender, settings.links_begin_with, lease),
        )
        self.finish_by = math.inf
        self._told_to_stop = asyncio.Event()
        self._queue: PgQueuer | None = None
        self._connection: QueueConnection | None = None

    def stop(self) -> None:
        """Take no more jobs, and end those that run after the mail that is being sent."""
        self.finish_by = min(self.finish_by, time.monotonic() + FINISH_SECONDS)
        self._told_to_stop.set()
        if self._queue is not None:
            self._queue.shutdown.set()

    def cut_off(self) -> None:
        """End the connection of the queue, which would else wait for a silent server to note what became of its jobs.

        What is not noted is run again, by whoever finds that the worker is gone.
        """
        if self._connection is not None:
            self._connection.terminate()

    async def run(self) -> None:
        """Work; begin again, with growing pauses, whenever the database was lost."""
        losses = 0
        try:
            while not self._told_to_stop.is_set():
                started = time.monotonic()
                await self._work_until_lost()
                losses = 1 if time.monotonic() - started > _SETTLED_SECONDS else losses + 1
                await self._pause(_PAUSES_SECONDS[min(losses, len(_PAUSES_SECONDS)) - 1])
        finally:
            await self._transport.close()

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told_to_stop.wait()

    async def _work_until_lost(self) -> None:
        """Work on one connection to the end of it; what ended it is for the log only."""
        try:
            async with queue_connection(self._database_url) as connection:
                await self._work(connection)
        except Exception as error:  # noqa: BLE001 - whatever it is, mails have to go on
            _log.warning("the worker begins again", reason=repr(error))
        else:
            if not self._told_to_stop.is_set():
                _log.warning("the worker begins again", reason="the connection was lost")

    async def _work(self, connection: QueueConnection) -> None:
        self._connection = connection
        queue = self._queue = PgQueuer.from_asyncpg_connection(connection)
        if self._told_to_stop.is_set():
            return
        connection.add_termination_listener(lambda _connection: queue.shutdown.set())
        tools = Tools(self._database, self._broker, self._courier, queue.shutdown)
        for name, function in JOBS.items():
            queue.entrypoint(name)(partial(_run, function, tools))
        for name, (when, timed) in TIMED.items():
            queue.schedule(name, when)(partial(_run_timed, timed, tools))
        await wake_mailings(tools)
        await queue.run(
            batch_size=_JOBS_TAKEN,
            max_concurrent_tasks=_JOBS_AT_ONCE,
            heartbeat_timeout=_DEAD_AFTER,
            log_aggregation_interval=timedelta(0),  # nobody reads the statistics
        )


async def _run(function: JobFunction, tools: Tools, job: Job) -> None:
    try:
        await function(tools, job.payload or b"", job.created)
    except Exception as error:
        if not isinstance(error, UNDONE):
            if job.attempts + 1 >= _MOST_ATTEMPTS:
                raise  # the queue logs it
            _log.error("a job failed and is tried again", job=job.entrypoint, attempt=job.attempts + 1, exc_info=error)
        raise RetryRequested(_JOB_PAUSE, repr(error)) from error


async def _run_timed(function: TimedJob, tools: Tools, schedule: Schedule) -> None:
    """Do what is due; what the database keeps from being done is due again soon."""
    try:
        await function(tools)
    except UNDONE as error:
        _log.warning("a timed job was not done", job=schedule.entrypoint, reason=repr(error))


def _transport(settings: Settings) -> Transport:
    """Choose what takes mails away."""
    if settings.smtp_url is None:
        return MailFolder(mail_folder(settings))
    return MailServer(settings.smtp_url, settings.sender, timeout_seconds=settings.smtp_timeout_seconds)


def mail_folder(settings: Settings) -> Path:
    """Tell where mails are kept that no server takes."""
    return settings.data_dir / "mail"
