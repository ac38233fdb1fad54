"""What every bulk action begins with: its targets, gathered while its account's turn is taken."""

from collections.abc import Sequence

from domain.accounts import Account
from domain.targets import BulkRequest, UserGroup, check_expected_count
from domain.user_errors import not_found
from persistence.targets import Unchanged, gather_targets, missing_place
from resolvers.context import Context
from resolvers.writes import Write


async def choose_targets(  # noqa: PLR0913 - what a target is
    context: Context,
    write: Write,
    account: Account,
    request: BulkRequest,
    unchanged: Unchanged,
    *,
    product_id: str | None = None,
) -> Sequence[UserGroup]:
    """Gather the users that a bulk action is for, in groups who are alike.

    Where they are not named one by one, the action is given the time that very many take; only now, so that whoever
    waits for the account's turn waits no longer than others do. Raises Declined: NOT_FOUND for an id that is no user of
    the account (T2), COUNT_CHANGED (T3).
    """
    if request.target.ids is None:
        await context.database.give_time(write.connection)
    groups = await gather_targets(
        write.connection,
        account.id,
        request.target,
        viewer_id=context.viewer.user.id,
        unchanged=unchanged,
        product_id=product_id,
    )
    matched = sum(group.count for group in groups)
    if request.target.ids is not None and matched < len(request.target.distinct_ids):
        place = await missing_place(write.connection, request.target.ids)
        raise not_found("target", "ids", str(place))
    check_expected_count(request.expected_count, matched)
    return groups
