"""What a made-up person is called, and what the address and the mobile number make of it."""

from random import Random
from typing import NamedTuple

from domain.keys import shown_name
from gateway.demo.chances import happens
from gateway.demo.names import MONONYMS, REGIONS
from gateway.demo.regions import Region, Word
from persistence.copying import UserRow

LONGEST_STEM = 50
"""Characters before the @, without a number; 64 are allowed."""

_PEOPLES = tuple(region for region, weight in REGIONS.items() for _ in range(weight))
_STEMS = (
    *("{given}.{family}",) * 14,
    *("{given[0]}{family}",) * 3,
    *("{family}.{given}",) * 2,
    *("{given}",) * 1,
)
"""How companies write what stands before the @."""


class MadeUpName(NamedTuple):
    """The names of a person (U1), what stands before the @, and a mobile number."""

    given_name: str | None
    first_name: str | None
    last_name: str | None
    stem: str
    mobile: str | None


def name_of(user: UserRow) -> str:
    """Give the name that is shown of a made-up user (U1)."""
    return shown_name(given_name=user.given_name, first_name=user.first_name, last_name=user.last_name)


def make_up_name(chance: Random) -> MadeUpName:
    """Make up a name, and a mobile number for less than half."""
    region = chance.choice(_PEOPLES)
    mobile = _mobile(chance, region) if happens(chance, 0.45) else None
    if happens(chance, 0.04):
        return _mononym(chance, mobile)
    given, family = _pick(chance, region.given), _pick(chance, region.family)
    first, last = _as_typed(chance, given.text, family.text)
    full, stem = region.full_name(first, last), _stem(chance, given.latin, family.latin)
    if happens(chance, 0.2):
        return MadeUpName(full, None, None, stem, mobile)
    # First and last name joined would be in the wrong order.
    if region.family_first or happens(chance, 0.4):
        return MadeUpName(full, first, last, stem, mobile)
    return MadeUpName(None, first, last, stem, mobile)


def _mobile(chance: Random, region: Region) -> str:
    """Make up a number in a range that is kept for fiction (U3)."""
    return region.mobile + str(chance.randrange(10**region.digits)).zfill(region.digits)


def _mononym(chance: Random, mobile: str | None) -> MadeUpName:
    """Call somebody by one name, in whichever of the three fields it was typed."""
    name = chance.choice(MONONYMS)
    fields: list[str | None] = [None, None, None]
    fields[chance.randrange(3)] = name.text
    return MadeUpName(fields[0], fields[1], fields[2], name.latin, mobile)


def _pick(chance: Random, words: tuple[Word, ...]) -> Word:
    """Choose a name, or now and then two."""
    word = chance.choice(words)
    if happens(chance, 0.96):
        return word
    other = chance.choice(words)
    return Word(f"{word.text} {other.text}", f"{word.latin}-{other.latin}")


def _as_typed(chance: Random, first: str, last: str) -> tuple[str, str]:
    """Write both names as the person who entered them did: nearly always well."""
    if happens(chance, 0.02):
        return first.lower(), last.lower()
    if happens(chance, 0.01):
        return first.upper(), last.upper()
    return first, last


def _stem(chance: Random, given: str, family: str) -> str:
    stem = chance.choice(_STEMS).format(given=given, family=family)
    return stem[:LONGEST_STEM].rstrip(".-")
