"""Which made-up users get which licenses: as many as there are, and no more (L4)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from random import Random

from domain.users import InactiveReason, UserStatus
from gateway.demo.chances import between, happens
from persistence.copying import LicenseRow, UserRow

SHARES = (0.7, 0.22, 0.08)
"""How likely a user wants the first product, the second, and each of the others."""


class Assignments:
    """Hands out the licenses of one account until they are gone.

    `available` tells by product id how many there are, the most wanted product first.
    """

    def __init__(self, available: Mapping[str, int]) -> None:
        self._available = dict(available)

    def give(self, chance: Random, user: UserRow, now: datetime) -> Iterator[LicenseRow]:
        """Give a user some licenses; one whose account was removed has lost them (D3, L6)."""
        if user.inactive_reason is InactiveReason.ACCOUNT_REMOVED:
            return
        # Since then nobody could have assigned any (L5).
        last = user.updated_at if user.status is UserStatus.INACTIVE else now
        for index, (product_id, left) in enumerate(self._available.items()):
            if happens(chance, SHARES[min(index, len(SHARES) - 1)]) and left > 0:
                self._available[product_id] = left - 1
                yield LicenseRow(user.id, user.account_id, product_id, between(chance, user.created_at, last))
