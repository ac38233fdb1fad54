"""The users that a bulk action is for, and what becomes of each (T1, T2, T3, T4, T5)."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from domain.capabilities import RefusalReason
from domain.nodes import NodeKind, read_id, write_id
from domain.refusals import BadUserInput
from domain.user_errors import Declined, UserError, UserErrorCode
from domain.user_filters import UserSelection
from domain.users import InactiveReason, Role, UserSource, UserStatus

MAX_IDS = 1000
"""The most ids that an action takes (T1), and so the most users that its payload shows."""

MAX_SKIPPED_IDS = 100
"""How many of the users who are skipped for one reason are named."""


EVERYONE = UserSelection()
"""The selection that names every user of an account."""


class Target(Struct, frozen=True):
    """Which users of an account: those with these ids or, if that is None, those of a selection.

    An empty selection names all. The ids are as they were given, with repeats.
    """

    ids: tuple[str, ...] | None
    selection: UserSelection = EVERYONE

    @property
    def distinct_ids(self) -> tuple[str, ...]:
        """The ids in their order, each once; none where users are not named by ids."""
        return tuple(dict.fromkeys(self.ids or ()))

    def as_audited(self) -> dict[str, object]:
        """Give the target as audit entries tell it (O2)."""
        if self.ids is not None:
            return {"ids": [write_id(NodeKind.USER, user_id) for user_id in self.distinct_ids]}
        if self.selection == EVERYONE:
            return {"all": True}
        return {"search": self.selection.words, "filter": self.selection.filter.as_audited()}


def target_of_ids(ids: Sequence[str]) -> Target:
    """Name users by their ids as clients see them; one that is repeated counts once (T1).

    Raises BadUserInput for none, and Declined with TOO_MANY_TARGETS.
    """
    if not ids:
        raise BadUserInput("Name at least one user in ids.")
    if (count := len(set(ids))) > MAX_IDS:
        message = f"One action takes at most {MAX_IDS} ids; {count} were given."
        raise Declined(UserError(UserErrorCode.TOO_MANY_TARGETS, message, ("target", "ids")))
    return Target(tuple([read_id(NodeKind.USER, user_id) for user_id in ids]))


class BulkRequest(Struct, frozen=True):
    """What every bulk action is asked with."""

    account_id: str
    target: Target
    expected_count: int | None
    dry_run: bool


class UserGroup(Struct, frozen=True):
    """Users of a target who are alike in all that rules ask about; so a rule is asked once for all of them.

    `is_unchanged`: they are already as the action would make them. `first_ids` are the first 100 of them.
    """

    key: str
    role: Role
    status: UserStatus
    inactive_reason: InactiveReason | None
    source: UserSource
    is_viewer: bool
    is_unchanged: bool
    count: int
    first_ids: tuple[str, ...]


class SkippedUsers(Struct, frozen=True):
    """Users who are skipped for one reason, and the first 100 of their ids."""

    reason: RefusalReason
    count: int
    user_ids: tuple[str, ...]


class BulkOutcome(Struct, frozen=True):
    """What a bulk action did: `matched` is the sum of the other numbers (T5)."""

    matched: int
    changed: int
    unchanged: int
    skipped: tuple[SkippedUsers, ...]


class BulkPlan(Struct, frozen=True):
    """What a bulk action is going to do, and to which groups."""

    outcome: BulkOutcome
    changing: tuple[UserGroup, ...]

    @property
    def keys(self) -> list[str]:
        """The keys of the groups that are changed."""
        return [group.key for group in self.changing]


Refuse: TypeAlias = Callable[[UserGroup], RefusalReason | None]


def plan_bulk(groups: Sequence[UserGroup], refuse: Refuse) -> BulkPlan:
    """Decide for each group: refused ones are skipped, those who are as asked stay unchanged, the rest is changed."""
    refusals = [(group, refuse(group)) for group in groups]
    open_to_it = [group for group, reason in refusals if reason is None]
    changing = tuple(group for group in open_to_it if not group.is_unchanged)
    reasons = [reason for reason in RefusalReason if any(reason is refused for _, refused in refusals)]
    outcome = BulkOutcome(
        matched=_total(groups),
        changed=_total(changing),
        unchanged=_total([group for group in open_to_it if group.is_unchanged]),
        skipped=tuple(
            _skipped(reason, [group for group, refused in refusals if refused is reason]) for reason in reasons
        ),
    )
    return BulkPlan(outcome, changing)


def as_audited(request: BulkRequest, outcome: BulkOutcome) -> dict[str, object]:
    """Give the target and the number of users changed, as audit entries tell them (O2)."""
    return {"target": request.target.as_audited(), "changed": outcome.changed}


def check_expected_count(expected: int | None, matched: int) -> None:
    """Raise Declined with COUNT_CHANGED where another number was expected than there is (T3)."""
    if expected is not None and expected != matched:
        message = f"The selection now names {matched} user(s), not {expected}: look at it again."
        raise Declined(UserError(UserErrorCode.COUNT_CHANGED, message, ("expectedCount",)))


def _skipped(reason: RefusalReason, groups: Sequence[UserGroup]) -> SkippedUsers:
    ids = sorted(user_id for group in groups for user_id in group.first_ids)
    return SkippedUsers(reason, _total(groups), tuple(ids[:MAX_SKIPPED_IDS]))


def _total(groups: Sequence[UserGroup]) -> int:
    return sum(group.count for group in groups)
