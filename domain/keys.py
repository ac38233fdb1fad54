"""What is stored beside names and addresses so that lists can be sorted and searched.

Whoever writes a field from which a key is derived writes the key, too.
"""

import unicodedata
from typing import NamedTuple

from domain.text import fold

MAX_NAME_KEY = 256
MAX_SEARCH_TEXT = 1_900
"""Bytes in UTF-8. A row of an index that holds both has at most 2,704, and folding may make eighteen of one letter."""


_SIGNS = "PS"
"""Categories of Unicode: punctuation and symbols."""


class UserKeys(NamedTuple):
    """The columns of a user that follow from the names and the address."""

    name_key: str
    email_key: str
    search_text: str


class AccountKeys(NamedTuple):
    """The columns of an account that follow from its name and number."""

    name_key: str
    search_text: str


def shown_name(*, given_name: str | None, first_name: str | None, last_name: str | None) -> str:
    """Give the name that the NAME column shows (U1); the empty text when there is none of the three."""
    return given_name or " ".join(part for part in (first_name, last_name) if part)


def user_keys(*, given_name: str | None, first_name: str | None, last_name: str | None, email: str) -> UserKeys:
    """Derive the keys of a user from names and address as they are stored: cut, NFC, and None where blank (U1).

    The search text has a line each for address, name, first name and last name (F3), so that of those which are too
    long for it together, the address is not what is cut off. A line that stands inside an earlier one is left out:
    whatever occurs in it occurs there as well, and the index is the smaller for it.
    """
    name_key = fold(shown_name(given_name=given_name, first_name=first_name, last_name=last_name))
    lines: list[str] = []
    for line in (fold(email), name_key, fold(first_name or ""), fold(last_name or "")):
        if line and not any(line in earlier for earlier in lines):
            lines.append(line)
    return UserKeys(_cut(name_key, MAX_NAME_KEY), email_key(email), _cut("\n".join(lines), MAX_SEARCH_TEXT))


def email_key(email: str) -> str:
    """Derive the form in which addresses are compared, from one as it is stored (U2)."""
    return email.casefold()


def account_keys(*, name: str, number: str) -> AccountKeys:
    """Derive the keys of an account; the search text is the folded words of name and number, a space before each.

    What begins after a bracket, a hyphen or another such sign is a word as well.
    """
    name_key = fold(name)
    words = [*name_key.split(), *fold(number).split()]
    inner = [word[place:] for word in words for place in range(1, len(word)) if _begins_after_a_sign(word, place)]
    return AccountKeys(name_key, " " + " ".join([*words, *inner]))


def _begins_after_a_sign(word: str, place: int) -> bool:
    return unicodedata.category(word[place - 1])[0] in _SIGNS and unicodedata.category(word[place])[0] not in _SIGNS


def _cut(text: str, most: int) -> str:
    """Cut a text to so many bytes at most. Names that people have are far shorter."""
    return text.encode()[:most].decode(errors="ignore")
