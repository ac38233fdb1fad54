"""What is told of a change: which things of an account changed, by their ids, and nothing personal."""

from typing import Any

import orjson
from msgspec import Struct, field


class Announcement(Struct, frozen=True):
    """What a commit changed on one account.

    `counts` are the license counts with the revisions that they now have. `has_user_changes` says that the log of
    changed users has grown; who they are stands there. The mailings are named by id.
    """

    account_id: str
    counts: dict[str, int] = field(default_factory=dict[str, int])
    has_user_changes: bool = False
    mailing_ids: tuple[str, ...] = ()

    def joined_with(self, later: "Announcement") -> "Announcement":
        """Tell of a later commit on the same account too."""
        return Announcement(
            self.account_id,
            self.counts | later.counts,
            self.has_user_changes or later.has_user_changes,
            tuple(dict.fromkeys(self.mailing_ids + later.mailing_ids)),
        )

    def to_bytes(self) -> bytes:
        """Write it as a message of the account's channel."""
        return orjson.dumps({"counts": self.counts, "users": self.has_user_changes, "mailings": self.mailing_ids})


def read_announcement(account_id: str, message: bytes) -> Announcement | None:
    """Read a message of an account's channel; None for one that no gateway of this version wrote."""
    try:
        told: dict[str, Any] = orjson.loads(message)
        counts = {str(count_id): int(revision) for count_id, revision in told["counts"].items()}
        return Announcement(account_id, counts, bool(told["users"]), tuple(map(str, told["mailings"])))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
