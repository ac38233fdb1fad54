"""The source of license counts."""

from collections.abc import Collection, Sequence

from domain.licenses import LicenseCount
from domain.viewers import Scope
from resolvers.live.events import Event
from resolvers.live.sources import Source
from resolvers.live.watches import MOST_ACCOUNTS, AccountWatch, Watches, too_many_accounts


class CountSource(Source):
    """Counts of one account; of all products, or of some."""

    wants_counts = True

    def __init__(
        self, watches: Watches, scope: Scope, account_ids: Collection[str], product_ids: frozenset[str] | None
    ) -> None:
        super().__init__()
        self.scope = scope
        self._watches = watches
        self._product_ids = product_ids
        self._watched = {account_id: watches.open(account_id, self) for account_id in account_ids}

    def notice(self, watch: AccountWatch, counts: Sequence[LicenseCount]) -> None:
        """Have the changed counts wait; an account that went out of sight ends it (S5)."""
        if not watch.is_in(self.scope):
            self.lose(watch)
            return
        for count in self._chosen(counts):
            self.put(count)

    def snapshot(self) -> Sequence[Event]:
        """Give the counts as they stand."""
        return [
            count
            for watch in self._watched.values()
            if watch.is_in(self.scope)
            for count in self._chosen(watch.counts.values())
        ]

    async def catch_up(self) -> None:
        """Read all of its accounts anew."""
        await self._watches.refresh(self._watched)

    def close(self) -> None:
        """Stop watching."""
        for account_id in self._watched:
            self._watches.close(account_id, self)
        self._watched.clear()

    def lose(self, watch: AccountWatch) -> None:
        """Go without an account that is out of sight: without its one account nothing is left to tell."""
        self._watches.close(watch.account_id, self)
        self._watched.pop(watch.account_id, None)
        self.end()

    def _chosen(self, counts: Collection[LicenseCount]) -> Sequence[LicenseCount]:
        chosen = self._product_ids
        return [count for count in counts if chosen is None or count.product.id in chosen]


class WideCountSource(CountSource):
    """Counts of every account in sight, now and later."""

    def __init__(
        self, watches: Watches, scope: Scope, account_ids: Collection[str], product_ids: frozenset[str] | None
    ) -> None:
        super().__init__(watches, scope, account_ids, product_ids)
        self._unread: set[str] = set()
        self._are_too_many = False
        watches.open_wide(self)

    def widen(self, account_ids: Collection[str]) -> Collection[str]:
        """Watch the accounts that have come, and give them; those that went are lost when they are read."""
        if len(account_ids) > MOST_ACCOUNTS:
            self._are_too_many = True
            self.wake()
            return ()
        come = [account_id for account_id in account_ids if account_id not in self._watched]
        for account_id in come:
            self._watched[account_id] = self._watches.open(account_id, self)
        self._unread.update(come)
        return come

    async def changes(self) -> Sequence[Event] | None:
        """Wait for changes, and give all there are. Raises BadUserInput once there are too many accounts."""
        changes = await super().changes()
        if self._are_too_many:
            raise too_many_accounts()
        return changes

    def notice(self, watch: AccountWatch, counts: Sequence[LicenseCount]) -> None:
        """Have the changed counts wait; all of them of an account that has come, which others may have watched."""
        if watch.account_id in self._unread:
            self._unread.discard(watch.account_id)
            counts = tuple(watch.counts.values())
        super().notice(watch, counts)

    def lose(self, watch: AccountWatch) -> None:
        """Go on without an account."""
        self._watches.close(watch.account_id, self)
        self._watched.pop(watch.account_id, None)

    def close(self) -> None:
        """Stop watching."""
        self._watches.close_wide(self)
        super().close()
