"""A gateway that has everything loaded before it begins, so that it can begin often."""

from gateway.process.listening import bind
from gateway.process.processes import answer_requests
from gateway.settings import Settings


def live(settings: Settings) -> None:
    """Be a gateway as `serve` is one when all is prepared, worker included."""
    with bind(settings.host, settings.port) as listener:
        answer_requests(settings, listener, processes=1, runs_jobs=True)
