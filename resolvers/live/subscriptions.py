"""What can be subscribed to: each checks the viewer's sight, watches, and then reads how things stand (S2)."""

from collections.abc import Collection
from functools import partial

from persistence.mailings import mailings_by_id
from persistence.watches import account_ids_in
from resolvers.live.context import LiveContext
from resolvers.live.counts import CountSource, WideCountSource
from resolvers.live.mailings import MailingSource
from resolvers.live.sources import NoSource, Source
from resolvers.live.user_changes import UserChangeSource
from resolvers.live.watches import MOST_ACCOUNTS, too_many_accounts


async def watch_license_counts(
    context: LiveContext, account_id: str | None, product_ids: Collection[str] | None
) -> Source:
    """Watch the counts of an account, or of every account in sight; of an account out of sight there are none (P4).

    Raises Forbidden (P3), and BadUserInput where more accounts are in sight than one subscription may watch.
    """
    scope = context.scope
    products = None if product_ids is None else frozenset(product_ids)
    if account_id is not None:
        if await context.loaders.accounts.load(account_id) is None:
            return NoSource()
        return await _caught_up(CountSource(context.watches, scope, [account_id], products))
    account_ids = await context.database.read(partial(account_ids_in, scope=scope, limit=MOST_ACCOUNTS + 1))
    if len(account_ids) > MOST_ACCOUNTS:
        raise too_many_accounts()
    return await _caught_up(WideCountSource(context.watches, scope, account_ids, products))


async def watch_user_changes(context: LiveContext, account_id: str) -> Source:
    """Watch the users of an account; of an account out of sight there are none (P4). Raises Forbidden (P3)."""
    scope = context.scope
    if await context.loaders.accounts.load(account_id) is None:
        return NoSource()
    return await _caught_up(UserChangeSource(context.watches, scope, account_id))


async def watch_mailing(context: LiveContext, mailing_id: str) -> Source:
    """Watch a mailing; one out of sight is none (P4). Raises Forbidden (P3)."""
    scope = context.scope
    found = await context.database.read(partial(mailings_by_id, scope=scope, ids=[mailing_id]))
    mailing = found.get(mailing_id)
    if mailing is None:
        return NoSource()
    return await _caught_up(MailingSource(context.watches, scope, mailing))


async def _caught_up(source: Source) -> Source:
    """Read how things stand only now that they are watched, so that nothing falls in between (S2)."""
    try:
        await source.catch_up()
    except BaseException:
        source.close()
        raise
    return source
