"""What signing in works with."""

from datetime import timedelta

from msgspec import Struct

from domain.sessions import IssueToken
from events.attempts import Attempts
from resolvers.password_hashes import PasswordHashes


class Entrance(Struct, frozen=True):
    """Where people come in, from `client`: an address in the network, or empty where that is not known."""

    issue_token: IssueToken
    passwords: PasswordHashes
    attempts: Attempts
    session_lasts: timedelta
    client: str
