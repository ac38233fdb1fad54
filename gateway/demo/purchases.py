"""License subscriptions of made-up accounts, in every state (L1)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from math import ceil

from msgspec import Struct

from domain.products import MITEAM_MEETINGS
from persistence.copying import SubscriptionRow

MITEL_ONE = "MITEL_ONE"
CALL_RECORDING = "CALL_RECORDING"
CONTACT_CENTER = "MICONTACT_CENTER"

PRODUCTS = {
    MITEAM_MEETINGS: "MiTeam Meetings",
    MITEL_ONE: "Mitel One",
    CONTACT_CENTER: "MiContact Center",
    CALL_RECORDING: "MiVoice Call Recording",
}
"""The catalogue: names by code."""


class Term(Enum):
    """From how many days before or after now a subscription runs, and to how many; None is for ever."""

    PENDING_ACTIVATION = (21, 386)
    ACTIVE = (-160, 205)
    EXPIRING_SOON = (-352, 13)
    EXPIRED = (-500, -135)
    PERPETUAL = (-300, None)


class Purchase(Struct, frozen=True):
    """Licenses of a product for a share of the users, at least one."""

    product_code: str
    term: Term
    share: float


EVERY_STATE = (
    Purchase(MITEAM_MEETINGS, Term.EXPIRED, 0.3),
    Purchase(MITEAM_MEETINGS, Term.PERPETUAL, 0.5),
    Purchase(MITEAM_MEETINGS, Term.EXPIRING_SOON, 0.1),
    Purchase(MITEAM_MEETINGS, Term.ACTIVE, 0.2),
    Purchase(MITEAM_MEETINGS, Term.PENDING_ACTIVATION, 0.4),
    Purchase(MITEL_ONE, Term.ACTIVE, 0.25),
    Purchase(MITEL_ONE, Term.EXPIRED, 0.25),
    Purchase(CONTACT_CENTER, Term.EXPIRING_SOON, 0.05),
    Purchase(CALL_RECORDING, Term.EXPIRED, 0.1),
)
"""What an account buys that has everything; licenses for four fifths of its users are in force."""


def subscriptions(
    account_id: str, product_ids: Mapping[str, str], purchases: tuple[Purchase, ...], users: int, now: datetime
) -> Iterator[SubscriptionRow]:
    """Make the license subscriptions of an account with so many users."""
    for index, purchase in enumerate(purchases):
        begin, end = purchase.term.value
        starts_at = now + timedelta(days=begin)
        yield SubscriptionRow(
            account_id,
            product_ids[purchase.product_code],
            f"SO-{starts_at:%y%m}-{index + 1:03}",
            max(ceil(users * purchase.share), 1),
            starts_at,
            None if end is None else now + timedelta(days=end),
        )
