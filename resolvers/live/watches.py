"""The accounts that somebody watches, as this process last read them (S1, S2, S3).

What Redis says is only that it is worth looking. What is told is always read from the database: when the doorbell
rings, when a reader joins, when the connection to Redis is there again, and every two seconds whatever was heard.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, NamedTuple, Protocol, TypeVar

import structlog

from domain.licenses import LicenseCount
from domain.mailings import Mailing
from domain.refusals import BadUserInput
from domain.viewers import Scope
from events.announcements import Announcement
from events.doorbell import Doorbell
from persistence.database import Connection, Database
from persistence.failures import UNDONE, DatabaseUnavailable
from persistence.watches import AccountState, account_ids_in, account_states, counts_of_accounts, mailings_of_ids

_LOOK_SECONDS: Final = 2.0

MEMORY_SECONDS: Final = 540.0
"""For how long a reader may be behind the log of changed users, which is kept for longer (persistence.clean_up)."""

MOST_ACCOUNTS: Final = 1_000
"""Accounts that one subscription may watch without naming one; more are never read."""

Belonging = TypeVar("Belonging", LicenseCount, Mailing)

_log: Final = structlog.get_logger("resolvers.live")


def too_many_accounts() -> BadUserInput:
    """Make the refusal of who would watch more accounts than that."""
    return BadUserInput(f"More than {MOST_ACCOUNTS} accounts are in sight: name one with accountId.")


class Listener(ABC):
    """Whoever watches an account."""

    wants_counts = False

    @property
    def mailing_ids(self) -> Sequence[str]:
        """The mailings that it wants to know of."""
        return ()

    @abstractmethod
    def notice(self, watch: "AccountWatch", counts: Sequence[LicenseCount]) -> None:
        """Take in that an account was read, and which of its counts had changed."""

    def lose_track(self) -> None:  # noqa: B027 - a state is read anew
        """Take in that nothing could be read for longer than changes are remembered."""


class WideListener(Protocol):
    """Whoever watches every account of a scope."""

    @property
    def scope(self) -> Scope:
        """Whose accounts."""
        ...

    def widen(self, account_ids: Collection[str]) -> Collection[str]:
        """Watch these accounts too, and give those that are new; what went out of sight is noticed when it is read.

        There may be one more than MOST_ACCOUNTS, which are too many.
        """
        ...


class AccountWatch:
    """One account as it was last read; a count goes forwards only."""

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id
        self.state: AccountState | None = None
        self.counts: dict[str, LicenseCount] = {}
        self.mailings: dict[str, Mailing] = {}
        self.listeners: set[Listener] = set()

    def is_in(self, scope: Scope) -> bool:
        """Tell whether the account is in sight (S5)."""
        return self.state is not None and self.state.is_in(scope)

    def take(self, state: AccountState | None, counts: Iterable[LicenseCount], mailings: Iterable[Mailing]) -> None:
        """Take in what was read of it just now, and tell all listeners."""
        self.state = state
        self.mailings = {mailing.id: mailing for mailing in mailings}
        changed: list[LicenseCount] = []
        for count in counts:
            known = self.counts.get(count.id)
            if known is None or known.revision < count.revision:
                changed.append(count)
            if known is None or known.revision <= count.revision:
                self.counts[count.id] = count
        for listener in tuple(self.listeners):
            listener.notice(self, changed)


class _Found(NamedTuple):
    """What one read found of some accounts."""

    states: Mapping[str, AccountState]
    counts: Sequence[LicenseCount]
    mailings: Sequence[Mailing]


class Watches:
    """All watches of a process. Whatever asks at one time is answered by one read."""

    def __init__(self, database: Database, doorbell: Doorbell) -> None:
        self.database = database
        self._doorbell = doorbell
        self._accounts: dict[str, AccountWatch] = {}
        self._wide: set[WideListener] = set()
        self._asked: set[str] = set()
        self._answer: asyncio.Future[Exception | None] | None = None
        self._has_work = asyncio.Event()

    def open(self, account_id: str, listener: Listener) -> AccountWatch:
        """Watch an account for a listener; what is known of it is as old as it is until `refresh`."""
        watch = self._accounts.get(account_id)
        if watch is None:
            watch = self._accounts[account_id] = AccountWatch(account_id)
            self._doorbell.listen(account_id)
        watch.listeners.add(listener)
        return watch

    def close(self, account_id: str, listener: Listener) -> None:
        """Stop watching for a listener, and altogether where it was the last."""
        watch = self._accounts.get(account_id)
        if watch is None:
            return
        watch.listeners.discard(listener)
        if not watch.listeners:
            del self._accounts[account_id]
            self._doorbell.stop_listening(account_id)

    def open_wide(self, listener: WideListener) -> None:
        """Keep a listener at all accounts of its scope, those that are yet to come too."""
        self._wide.add(listener)

    def close_wide(self, listener: WideListener) -> None:
        """Stop keeping a listener at its scope."""
        self._wide.discard(listener)

    async def refresh(self, account_ids: Iterable[str]) -> None:
        """Read accounts anew, together with whoever asks for that too. Raises what the database does."""
        fault = await asyncio.shield(self._ask(account_ids))
        if fault is not None:
            raise fault

    async def run(self) -> None:
        """Read what is asked for, and look for changes that nobody announced, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._heed_all())
            tasks.create_task(self._answer_all())
            tasks.create_task(self._look_around())

    def _ask(self, account_ids: Iterable[str]) -> "asyncio.Future[Exception | None]":
        """Have accounts read, not before now; the answer is what kept them from being read."""
        self._asked.update(account_ids)
        if self._answer is None:
            self._answer = asyncio.get_running_loop().create_future()
        self._has_work.set()
        return self._answer

    async def _heed_all(self) -> None:
        while True:
            self._heed(await self._doorbell.ring())

    def _heed(self, announcement: Announcement) -> None:
        """Have an account read, unless all that is announced of it is known."""
        watch = self._accounts.get(announcement.account_id)
        if watch is None:
            return
        known = watch.counts
        counts_are_known = all(
            count_id in known and known[count_id].revision >= revision
            for count_id, revision in announcement.counts.items()
        )
        if announcement.has_user_changes or announcement.mailing_ids or not counts_are_known:
            self._ask([announcement.account_id])

    async def _answer_all(self) -> None:
        while True:
            await self._has_work.wait()
            self._has_work.clear()
            asked, self._asked = self._asked, set()
            answer, self._answer = self._answer, None
            fault: Exception | None = DatabaseUnavailable("the reading was broken off")
            try:
                fault = await self._read(asked)
            finally:
                if answer is not None:
                    answer.set_result(fault)

    async def _read(self, asked: Iterable[str]) -> Exception | None:
        """Read accounts, and tell their listeners. A fault is given back: there will be another try."""
        watches = [watch for account_id in asked if (watch := self._accounts.get(account_id)) is not None]
        ids = [watch.account_id for watch in watches]
        with_counts = [
            watch.account_id for watch in watches if any(listener.wants_counts for listener in watch.listeners)
        ]
        mailing_ids = [id_ for watch in watches for listener in watch.listeners for id_ in listener.mailing_ids]

        async def ask(connection: Connection) -> _Found:
            return _Found(
                await account_states(connection, ids),
                await counts_of_accounts(connection, with_counts),
                await mailings_of_ids(connection, mailing_ids),
            )

        try:
            found = await self.database.read(ask)
        except Exception as fault:  # noqa: BLE001 - whatever it is, those who wait are told
            is_known = isinstance(fault, UNDONE)
            _log.warning("accounts not read", accounts=len(ids), reason=repr(fault), exc_info=not is_known)
            return fault
        counts, mailings = _by_account(found.counts), _by_account(found.mailings)
        for watch in watches:
            id_ = watch.account_id
            watch.take(found.states.get(id_), counts.get(id_, ()), mailings.get(id_, ()))
        return None

    async def _look_around(self) -> None:
        """Look for what was missed, for as long as anything is watched."""
        looked_at = time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            with suppress(*UNDONE):
                if self._accounts:
                    await self._widen()
                    await self._look()
                if time.monotonic() - looked_at > MEMORY_SECONDS:
                    self._lose_track()
                looked_at = time.monotonic()

    def _lose_track(self) -> None:
        for watch in self._accounts.values():
            for listener in tuple(watch.listeners):
                listener.lose_track()

    async def _look(self) -> None:
        """Read the accounts that do not stand as they did, and those with a mailing under way."""
        found = await self.database.read(lambda connection: account_states(connection, list(self._accounts)))
        changed = [
            watch.account_id
            for watch in self._accounts.values()
            if found.get(watch.account_id) != watch.state or any(one.mailing_ids for one in watch.listeners)
        ]
        if changed:
            self._ask(changed)

    async def _widen(self) -> None:
        """Find the accounts that came and went of each scope that is watched as a whole."""
        for scope in {listener.scope for listener in self._wide if self._may_widen(listener.scope)}:
            account_ids = await self.database.read(partial(account_ids_in, scope=scope, limit=MOST_ACCOUNTS + 1))
            for listener in tuple(self._wide):
                if listener.scope == scope and (come := listener.widen(account_ids)):
                    self._ask(come)

    def _may_widen(self, scope: Scope) -> bool:
        """Tell whether accounts may come into a scope: none do where it is a customer's (P1)."""
        own = self._accounts.get(scope.account_id)
        return own is None or own.state is None or own.state.partner_id is None


def _by_account(read: Iterable[Belonging]) -> Mapping[str, Sequence[Belonging]]:
    """Group what belongs to accounts by their ids."""
    grouped: dict[str, list[Belonging]] = {}
    for one in read:
        grouped.setdefault(one.account_id, []).append(one)
    return grouped
