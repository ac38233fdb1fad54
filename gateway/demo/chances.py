"""Leaving things to chance, the same way each time for the same seed."""

from datetime import datetime
from random import Random


def chance_of(seed: int | str) -> Random:
    """Begin a series of chances that the seed decides."""
    return Random(seed)  # noqa: S311 - to be believed, not to be secret


def happens(chance: Random, share: float) -> bool:
    """Tell whether something happens that does so in this share of cases."""
    return chance.random() < share


def between(chance: Random, begin: datetime, end: datetime) -> datetime:
    """Choose an instant."""
    return begin + (end - begin) * chance.random()
