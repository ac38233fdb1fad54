"""Houses for the tests of the house."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house.houses import House


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[[str], House]]:
    """Make houses by name; whatever still runs in them in the end is ended."""
    houses: list[House] = []

    def make(name: str) -> House:
        houses.append(House(tmp_path / name))
        return houses[-1]

    yield make
    for house in houses:
        for gateway in house.processes:
            if gateway.process.poll() is None:
                gateway.end(signal.SIGTERM)


@pytest.fixture
def house(make_house: Callable[[str], House]) -> House:
    return make_house("house")
