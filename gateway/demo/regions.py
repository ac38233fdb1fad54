"""Where made-up people come from, and what that makes of their names and numbers."""

from msgspec import Struct

from domain.text import fold


class Word(Struct, frozen=True):
    """A given or family name, and how it is written in an address."""

    text: str
    latin: str


class Region(Struct, frozen=True):
    """Names that go together, and how a person from there is called.

    `mobile` begins the numbers of a range that no person has, where its country keeps one for fiction; `digits` are
    still to be added.
    """

    given: tuple[Word, ...]
    family: tuple[Word, ...]
    family_first: bool = False
    joiner: str = " "
    mobile: str = "+121255501"
    digits: int = 2

    def full_name(self, given: str, family: str) -> str:
        """Join the two names in the order of the region."""
        return self.joiner.join((family, given) if self.family_first else (given, family))


def words(text: str) -> tuple[Word, ...]:
    """Read names that commas part, each with `/` and Latin letters where it needs them."""
    return tuple(_word(entry.strip()) for entry in text.split(","))


def _word(entry: str) -> Word:
    text, _, latin = entry.partition("/")
    return Word(text, latin or "".join(letter for letter in fold(text) if letter.isascii() and letter not in "' ."))
