"""Addresses that no two users of an account share."""

from collections.abc import Mapping
from random import Random

from gateway.demo.chances import happens

OUTSIDERS = ("freelance.example", "temps.example", "site-services.example")
"""Domains of people who work for the account, but not in it."""


class Addresses:
    """Gives out addresses of one account, with a number where the plain one is taken (U2).

    `highest` tells which are: what stands before the @, without digits at its end, and the highest number so far.
    """

    def __init__(self, domain: str, highest: Mapping[str, int]) -> None:
        self._domain = domain
        self._highest = dict(highest)

    def give(self, chance: Random, stem: str) -> str:
        """Give the next address for a person whose names make this stem."""
        number = self._highest.get(stem, 0) + 1
        self._highest[stem] = number
        local = stem if number == 1 else f"{stem}{number}"
        if happens(chance, 0.03):
            return f"{local.title()}@{self._domain}"
        return f"{local}@{chance.choice(OUTSIDERS) if happens(chance, 0.05) else self._domain}"
