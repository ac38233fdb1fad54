"""Loads license counts and license subscriptions."""

from collections.abc import Sequence

from domain.licenses import LicenseCount, LicenseSubscription
from domain.viewers import Scope
from loaders.batches import by_id, lists_by_id
from loaders.many_loader import ManyLoader
from loaders.sharing import SharedReads
from persistence import licenses


def counts_by_account(reads: SharedReads, scope: Scope) -> ManyLoader[str, Sequence[LicenseCount]]:
    """Load the counts of accounts, by product name."""
    return lists_by_id(reads, scope, licenses.counts_by_account)


def counts_by_id(reads: SharedReads, scope: Scope) -> ManyLoader[str, LicenseCount | None]:
    """Load counts that are in sight."""
    return by_id(reads, scope, licenses.counts_by_id)


def subscriptions_by_account(reads: SharedReads, scope: Scope) -> ManyLoader[str, Sequence[LicenseSubscription]]:
    """Load what accounts have bought, newest first."""
    return lists_by_id(reads, scope, licenses.subscriptions_by_account)


def subscriptions_by_id(reads: SharedReads, scope: Scope) -> ManyLoader[str, LicenseSubscription | None]:
    """Load license subscriptions that are in sight."""
    return by_id(reads, scope, licenses.subscriptions_by_id)
