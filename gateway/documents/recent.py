"""A cache by text that strangers cannot empty."""

from collections import OrderedDict
from typing import Final, Generic, TypeVar

Value = TypeVar("Value")

_ENTRIES: Final = 500
# A syntax tree takes some hundred bytes for each character of its text: 20 MB for each shelf, at the most.
_CHARACTERS: Final = 200_000
# Of the characters of a shelf: what one text may take of those that are proven.
_SHARE: Final = 10


class Recent(Generic[Value]):
    """What was found out about texts, on two shelves: the new ones, and those that somebody who is known uses.

    A flood of texts pushes only new ones out, as long as nobody who is known sends it. Who sends many that all differ
    pushes only new ones out as well: to be proven, a text has to come twice, and leave room for others.
    """

    def __init__(self, entries: int = _ENTRIES, characters: int = _CHARACTERS) -> None:
        self._new = Shelf[tuple[Value, bool]](entries, characters)
        self._proven = Shelf[Value](entries, characters)
        self._longest = characters // _SHARE

    def __len__(self) -> int:
        """Count the texts of which something is known."""
        return len(self._new) + len(self._proven)

    def get(self, text: str) -> Value | None:
        """Give what is known of a text, if anything is."""
        if (proven := self._proven.get(text)) is not None:
            return proven
        found = self._new.get(text)
        return None if found is None else found[0]

    def put(self, text: str, value: Value) -> None:
        """Keep what was found out about a text that is new."""
        self._new.put(text, (value, False))

    def prove(self, text: str) -> None:
        """Note that somebody who is known uses a text; the second time it is proven."""
        if self._proven.get(text) is not None or (found := self._new.get(text)) is None or len(text) > self._longest:
            return
        value, was_used = found
        self._new.remove(text)
        if was_used:
            self._proven.put(text, value)
        else:
            self._new.put(text, (value, True))


class Shelf(Generic[Value]):
    """Values by text, bounded in entries and, since a value grows with its text, in characters.

    What was not asked for longest goes first.
    """

    def __init__(self, entries: int, characters: int) -> None:
        self._values: OrderedDict[str, Value] = OrderedDict()
        self._entries = entries
        self._most_characters = characters
        self._characters = 0

    def __len__(self) -> int:
        """Count the values."""
        return len(self._values)

    def get(self, text: str) -> Value | None:
        """Give the value of a text, if there is one."""
        value = self._values.get(text)
        if value is not None:
            self._values.move_to_end(text)
        return value

    def put(self, text: str, value: Value) -> None:
        """Keep a value for a text that has none, in the place of older ones where there is none left."""
        self._values[text] = value
        self._characters += len(text)
        while len(self._values) > self._entries or self._characters > self._most_characters:
            oldest, _ = self._values.popitem(last=False)
            self._characters -= len(oldest)

    def remove(self, text: str) -> None:
        """Take a text off the shelf."""
        del self._values[text]
        self._characters -= len(text)
