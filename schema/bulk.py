"""What every bulk action has in common: its target, and what became of it."""

from collections.abc import Sequence

import strawberry

from domain.capabilities import RefusalReason
from domain.nodes import NodeKind, read_id, write_id
from domain.refusals import BadUserInput
from domain.targets import BulkRequest, SkippedUsers, Target, target_of_ids
from domain.user_filters import user_selection
from resolvers.context import Context
from schema.nodes import resolved
from schema.user_errors import USER_ERRORS, UserErrorType
from schema.user_filters import SEARCH_DESCRIPTION, UserFilterInput


@strawberry.input(
    name="UserMatch",
    description="The users whom a list with this search and filter would show. Without either: every user.",
)
class UserMatchInput:
    """The users of a search and a filter."""

    search: str | None = strawberry.field(default=None, description=SEARCH_DESCRIPTION)
    filter: UserFilterInput | None = strawberry.field(default=None, description="The conditions on users.")


@strawberry.input(
    name="UserTarget",
    one_of=True,
    description="Which users of the account a bulk action is for. Exactly one of the fields must be given.",
)
class UserTargetInput:
    """Which users a bulk action is for."""

    ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="The users with these ids: 1 to 1000. Repeated ones count once."
    )
    matching: UserMatchInput | None = strawberry.field(
        default=strawberry.UNSET, description="The users who match a search and a filter."
    )
    all: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Every user of the account. It must be true."
    )

    def to_domain(self) -> Target:
        """Give the target as the domain has it. Raises BadUserInput (T1), and Declined with TOO_MANY_TARGETS."""
        if self.ids is not None and self.ids is not strawberry.UNSET:
            return target_of_ids(self.ids)
        if self.matching:
            chosen = self.matching.filter
            return Target(None, user_selection(self.matching.search, None if chosen is None else chosen.to_domain()))
        if self.all is True:
            return Target(None)
        raise BadUserInput("Name the users by ids, by matching, or by all: true.")


@strawberry.input
class BulkInput:
    """What every bulk action is asked with."""

    account_id: strawberry.ID = strawberry.field(description="The account whose users it is about.")
    target: UserTargetInput = strawberry.field(description="Which users of the account it is for.")
    expected_count: int | None = strawberry.field(
        default=None,
        description="How many users the target should match, such as the number that was shown. If it matches "
        "another number, the action is refused with COUNT_CHANGED.",
    )
    dry_run: bool = strawberry.field(default=False, description="Answer what would happen, and change nothing.")

    def to_request(self, context: Context) -> BulkRequest:
        """Give it as the domain has it, to those who may ask.

        Raises Forbidden (P3), BadUserInput, and Declined with TOO_MANY_TARGETS (T1).
        """
        context.require_administrator()
        account_id = read_id(NodeKind.ACCOUNT, self.account_id)
        return BulkRequest(account_id, self.target.to_domain(), self.expected_count, self.dry_run)


def _user_ids(skipped: strawberry.Parent[SkippedUsers]) -> list[strawberry.ID]:
    return user_node_ids(skipped.user_ids)


def user_node_ids(ids: Sequence[str]) -> list[strawberry.ID]:
    """Give the ids of users as clients see them."""
    return [strawberry.ID(write_id(NodeKind.USER, user_id)) for user_id in ids]


@strawberry.type(name="SkippedUsers", description="Users whom a bulk action skipped, all for the same reason.")
class SkippedUsersType:
    """Users who were passed over."""

    reason: RefusalReason = strawberry.field(description="Why they were skipped.")
    count: int = strawberry.field(description="How many were skipped.")
    user_ids: list[strawberry.ID] = resolved(_user_ids, description="The ids of the first 100 of them.")


@strawberry.type(
    name="BulkOutcome",
    description="What a bulk action did, or would do with `dryRun`: `matched` is the sum of `changed`, `unchanged` and "
    "all that were skipped.",
)
class BulkOutcomeType:
    """What a bulk action did."""

    matched: int = strawberry.field(description="How many users the target matched.")
    changed: int = strawberry.field(description="How many users were changed, or get a mail.")
    unchanged: int = strawberry.field(
        description="How many users already were as asked, or were sent the same mail within the last minute."
    )
    skipped: list[SkippedUsersType] = strawberry.field(description="Users who were skipped, by reason.")


@strawberry.type
class BulkPayloadType:
    """What every bulk action answers."""

    outcome: BulkOutcomeType | None = strawberry.field(
        description="How many users were changed, unchanged and skipped, or would be on a dry run; null when refused."
    )
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)
