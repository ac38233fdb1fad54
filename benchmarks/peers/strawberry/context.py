"""What resolvers find: sessions, announcements, and loaders of their own for each operation."""

from dataclasses import dataclass

import strawberry

from benchmarks.peers.strawberry.announcements import Announcements
from benchmarks.peers.strawberry.loaders import Loaders, Sessions


@dataclass(frozen=True)
class Context:
    """What the resolvers of one operation find."""

    sessions: Sessions
    announcements: Announcements
    loaders: Loaders


Info = strawberry.Info[Context, None]
