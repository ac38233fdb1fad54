"""What is told of a change: which things of an account changed, by their ids, and nothing personal."""

from dataclasses import dataclass, field

import orjson


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a commit changed on one account.

    `counts` are the license counts with the revisions that they now have. `has_user_changes` says that the log of
    changed users has grown; who they are stands there. The mailings are named by id.
    """

    account_id: str
    counts: dict[str, int] = field(default_factory=dict[str, int])
    has_user_changes: bool = False
    mailing_ids: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.counts or self.has_user_changes or self.mailing_ids)

    def to_bytes(self) -> bytes:
        """Write it as a message of the account's channel."""
        return orjson.dumps({"counts": self.counts, "users": self.has_user_changes, "mailings": self.mailing_ids})
