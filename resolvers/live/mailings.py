"""The source of one mailing's progress."""

from collections.abc import Sequence

from domain.licenses import LicenseCount
from domain.mailings import Mailing
from domain.viewers import Scope
from resolvers.live.events import Event
from resolvers.live.sources import Source
from resolvers.live.watches import AccountWatch, Watches


class MailingSource(Source):
    """How far a mailing has come, until it is finished."""

    def __init__(self, watches: Watches, scope: Scope, mailing: Mailing) -> None:
        super().__init__()
        self._watches = watches
        self._scope = scope
        self._mailing = mailing
        watches.open(mailing.account_id, self)

    @property
    def mailing_ids(self) -> Sequence[str]:
        """The one mailing."""
        return (self._mailing.id,)

    def notice(self, watch: AccountWatch, counts: Sequence[LicenseCount]) -> None:  # noqa: ARG002 - no counts here
        """Have each step wait; the last one ends it."""
        if not watch.is_in(self._scope):
            self.end()
            return
        mailing = watch.mailings.get(self._mailing.id)
        if mailing is None:
            return  # the read began before this was watched
        if mailing != self._mailing:
            self._mailing = mailing
            self.put(mailing)
        if mailing.finished_at is not None:
            self.end()

    def snapshot(self) -> Sequence[Event]:
        """Give the mailing as it stands."""
        return (self._mailing,)

    async def catch_up(self) -> None:
        """Read the mailing anew."""
        await self._watches.refresh([self._mailing.account_id])

    def close(self) -> None:
        """Stop watching."""
        self._watches.close(self._mailing.account_id, self)
