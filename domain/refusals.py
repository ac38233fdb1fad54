"""The reasons for which a request as a whole is not taken.

Each becomes a top-level GraphQL error with `extensions.code`. What a person at the screen can act on is no
refusal of this kind: it is a `userError` in the payload.

    Refusal
      Unauthenticated   UNAUTHENTICATED   nobody is signed in, or not any more
      Forbidden         FORBIDDEN         signed in, but not for this (P3)
      BadUserInput      BAD_USER_INPUT    an argument that cannot be taken (F5, T1)
      FellBehind        FELL_BEHIND       a reader of changes that is too slow for them (S4)
"""

from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - the domain speaks of refusals; an error is a fault of ours
    """A request that is not taken, with a sentence for its sender."""

    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unauthenticated(Refusal):
    """Nobody is signed in: the token is missing, forged, over, or of somebody who is gone (P5, P6)."""

    code = "UNAUTHENTICATED"

    def __init__(self, message: str = "Sign in to do this.") -> None:
        super().__init__(message)


class Forbidden(Refusal):
    """The viewer is known and may not do this (P3)."""

    code = "FORBIDDEN"

    def __init__(self, message: str = "You do not administer any account.") -> None:
        super().__init__(message)


class BadUserInput(Refusal):
    """An argument that cannot be taken as it is; nothing was done."""

    code = "BAD_USER_INPUT"


class FellBehind(Refusal):
    """More has changed than is kept for a reader who does not read (S4)."""

    code = "FELL_BEHIND"

    def __init__(
        self, message: str = "Too many changes wait to be read: subscribe anew, and read the list again."
    ) -> None:
        super().__init__(message)
