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
    description="The users of a search and a filter, as a list of users shows them; without either, every user.",
)
class UserMatchInput:
    """The users of a search and a filter."""

    search: str | None = strawberry.field(default=None, description=SEARCH_DESCRIPTION)
    filter: UserFilterInput | None = strawberry.field(default=None, description="The conditions on users.")


@strawberry.input(
    name="UserTarget", one_of=True, description="Which users of the account a bulk action is for: exactly one of these."
)
class UserTargetInput:
    """Which users a bulk action is for."""

    ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="These users: 1 to 1000, repeats count once."
    )
    matching: UserMatchInput | None = strawberry.field(
        default=strawberry.UNSET, description="The users of a search and a filter."
    )
    all: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Every user of the account. Only true is taken."
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
        description="Refuse with COUNT_CHANGED when the target names another number of users than the one that was "
        "shown.",
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


@strawberry.type(name="SkippedUsers", description="Users whom a bulk action passed over for one reason.")
class SkippedUsersType:
    """Users who were passed over."""

    reason: RefusalReason = strawberry.field(description="Why they were passed over.")
    count: int = strawberry.field(description="How many were passed over.")
    user_ids: list[strawberry.ID] = resolved(_user_ids, description="The first 100 of them.")


@strawberry.type(
    name="BulkOutcome",
    description="What a bulk action did, or would do with `dryRun`: `matched` is the sum of `changed`, `unchanged` and "
    "all that were skipped.",
)
class BulkOutcomeType:
    """What a bulk action did."""

    matched: int = strawberry.field(description="Users that the target named.")
    changed: int = strawberry.field(description="Users for whom it was done.")
    unchanged: int = strawberry.field(description="Users who were as asked already.")
    skipped: list[SkippedUsersType] = strawberry.field(description="Users who were passed over, by reason.")


@strawberry.type
class BulkPayloadType:
    """What every bulk action answers."""

    outcome: BulkOutcomeType | None = strawberry.field(
        description="What became of the users, or would on a dry run; null when refused."
    )
    user_errors: list[UserErrorType] = strawberry.field(description=USER_ERRORS)
