"""Which passwords are taken (M7)."""

import re
import unicodedata
from collections.abc import Iterator
from threading import Lock

from zxcvbn import (  # type: ignore[import-untyped]
    zxcvbn,  # pyright: ignore[reportUnknownVariableType, reportMissingTypeStubs] - it has no types
)

from domain.text import fold
from domain.user_errors import Declined, UserError, UserErrorCode
from domain.users import User

MIN_LENGTH = 8
MAX_LENGTH = 128

_LONGEST_TYPED = 4 * MAX_LENGTH
"""Characters before NFC joins letters with their marks; a letter seldom has more than three."""

_LEAST_SCORE = 2
"""Of zxcvbn's 0 to 4: about a million guesses."""

_SCORED_LENGTH = 72
"""Characters that are scored: zxcvbn takes a tenth of a second for these, and much longer for more."""

_LEAST_OWN_LETTERS = 6
"""How many letters must be left when the person's own words are taken out."""

_SHORTEST_WORD = 3
_NOT_OF_WORDS = re.compile(r"[\W_]+")

# zxcvbn keeps the words of the person in a place that all threads share.
_ONE_AT_A_TIME = Lock()


def clean_password(text: str) -> str:
    """Give a password in NFC, so that it is the same from every keyboard (RFC 8265, section 4.2).

    One that is far too long stays as it is: nobody has it, and thousands of marks on one letter would take seconds.
    """
    return text if len(text) > _LONGEST_TYPED else unicodedata.normalize("NFC", text)


def check_password(password: str, person: User) -> None:
    """Check a new password, in NFC, of this person. Raises Declined with PASSWORD_TOO_WEAK.

    Takes up to a tenth of a second of computing: not for the event loop.
    """
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise _too_weak(f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters.")
    words = sorted(set(_words_of(person)), key=len, reverse=True)
    letters = _NOT_OF_WORDS.sub("", fold(password))
    left = _without(words, letters)
    if left != letters and len(left) < _LEAST_OWN_LETTERS:
        raise _too_weak("A password must not be built from your own name or address.")
    if _score(password, [*words, person.email.lower(), person.name.lower()]) < _LEAST_SCORE:
        raise _too_weak("This password is too easy to guess: take more words, or rarer ones.")


def _words_of(person: User) -> Iterator[str]:
    """Give the words of names and address, folded."""
    for text in (person.name, person.first_name or "", person.last_name or "", person.email):
        yield from (word for word in _NOT_OF_WORDS.split(fold(text)) if len(word) >= _SHORTEST_WORD)


def _without(words: list[str], letters: str) -> str:
    """Take words out, the longest first."""
    for word in words:
        letters = letters.replace(word, "")
    return letters


def _score(password: str, words: list[str]) -> int:
    with _ONE_AT_A_TIME:
        score: int = zxcvbn(password[:_SCORED_LENGTH], user_inputs=words)["score"]
    return score


def _too_weak(message: str) -> Declined:
    return Declined(UserError(UserErrorCode.PASSWORD_TOO_WEAK, message, ("password",)))
