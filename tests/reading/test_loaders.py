"""Keys that are asked for at once go out together, and what came of them is kept."""

import asyncio

import pytest

from loaders.many_loader import Bunches, ManyLoader


class Asked:
    """A loader's other side: it gives each key as its text, unless the key is negative."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.loader = ManyLoader[int, str](Bunches(self.load))

    async def load(self, keys: list[int]) -> list[str]:
        self.batches.append(keys)
        await asyncio.sleep(0)
        if min(keys) < 0:
            raise LookupError("negative")
        return [str(key) for key in keys]


async def test_what_is_asked_for_at_once_goes_out_once():
    asked = Asked()
    many, more, one = await asyncio.gather(
        asked.loader.load_many([1, 2, 1]), asked.loader.load_many([2, 3]), asked.loader.load(3)
    )
    assert (many, more, one) == (["1", "2", "1"], ["2", "3"], "3")
    assert await asked.loader.load_many([]) == []
    assert await asked.loader.load(1) == "1"
    assert [sorted(batch) for batch in asked.batches] == [[1, 2, 3]]


async def test_what_failed_is_not_asked_for_again():
    asked = Asked()
    for _ in range(2):
        with pytest.raises(LookupError):
            await asked.loader.load_many([1, -1])
        with pytest.raises(LookupError):
            await asked.loader.load(-1)
    assert asked.batches == [[1, -1]]


async def test_who_stops_waiting_takes_nothing_from_the_others():
    asked = Asked()
    waiting = [
        asyncio.ensure_future(asked.loader.load_many([1, 2])),
        asyncio.ensure_future(asked.loader.load_many([2, 3])),
        asyncio.ensure_future(asked.loader.load(1)),
    ]
    await asyncio.sleep(0)
    waiting[0].cancel()
    assert await waiting[1] == ["2", "3"]
    assert await waiting[2] == "1"
