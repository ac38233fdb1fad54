"""Names and addresses: how they are kept in one line, and compared without regard to case and accents."""

import unicodedata

from domain.refusals import BadUserInput

MAX_SEARCH_LENGTH = 254
"""Characters of a search text, as many as an address has; a longer one is refused."""

_WITHOUT_DECOMPOSITION = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"\N{LATIN SMALL LETTER DOTLESS I}": "i"}
)
"""Letters that people take for a plain one, but that Unicode does not decompose."""


_PART_OF_THE_LETTER = (0, 8, 9)
"""Combining classes that are no accent: base letters, the voicing marks of kana, viramas."""

_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_DIRECTION_MARKS = frozenset(map(chr, [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]))

_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0").union(
    map(chr, range(0xFE00, 0xFE10)), map(chr, range(0xE0100, 0xE01F0))
)
"""Letters, marks and signs of which nothing shows: Default_Ignorable_Code_Point of Unicode, and the Braille blank."""


def one_line(text: str) -> str:
    """Give a text in NFC with white space cut, line breaks and other controls counting as white space.

    Marks that turn the direction of the text round are dropped, since they would reach into what stands beside it.
    """
    marked = "".join(" " if unicodedata.category(letter) in _CONTROLS else letter for letter in text)
    plain = "".join(letter for letter in marked if letter not in _DIRECTION_MARKS)
    return unicodedata.normalize("NFC", plain).strip()


def is_invisible(text: str) -> bool:
    """Tell whether nothing of a text shows: it is empty, or all spaces, format characters and blank letters."""
    return all(letter in _BLANK or unicodedata.category(letter)[0] in "CZ" for letter in text)


def fold(text: str) -> str:
    """Give the form in which two texts are equal that differ in case and accents only (F3, F4).

    The same text gives the same form on every machine, so it can be stored, sorted by its code points and indexed.
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    folded = "".join(part for part in decomposed if unicodedata.combining(part) in _PART_OF_THE_LETTER)
    return unicodedata.normalize("NFKC", folded.casefold()).translate(_WITHOUT_DECOMPOSITION)


def search_words(search: str | None) -> tuple[str, ...]:
    """Split what was typed into the folded words that must each occur (F3).

    Accents alone stay as they are, and occur nowhere: nothing would be left of them, which occurs in every name.
    Raises BadUserInput for a text that is too long or has a NUL in it.
    """
    text = search or ""
    if len(text) > MAX_SEARCH_LENGTH or "\0" in text:
        raise BadUserInput(f"A search text has at most {MAX_SEARCH_LENGTH} characters, and no NUL among them.")
    return tuple(dict.fromkeys(fold(text).split())) or tuple(text.split())
