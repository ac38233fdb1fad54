"""Loads licenses, counts and license subscriptions."""

from collections.abc import Sequence
from datetime import datetime

from domain.licenses import License, LicenseCount, LicenseSubscription
from domain.viewers import Scope
from loaders.arrivals import ManyLoader
from loaders.batches import by_id, lists_by_id
from persistence import licenses
from persistence.database import Database


def licenses_by_user(database: Database, scope: Scope) -> ManyLoader[str, Sequence[License]]:
    """Load the licenses of users, by product name."""
    return lists_by_id(database, lambda connection, ids: licenses.licenses_by_user(connection, scope, ids))


def counts_by_account(database: Database, scope: Scope, now: datetime) -> ManyLoader[str, Sequence[LicenseCount]]:
    """Load the counts of accounts, by product name."""
    return lists_by_id(database, lambda connection, ids: licenses.counts_by_account(connection, scope, ids, now))


def counts_by_id(database: Database, scope: Scope, now: datetime) -> ManyLoader[str, LicenseCount | None]:
    """Load counts that are in sight."""
    return by_id(database, lambda connection, ids: licenses.counts_by_id(connection, scope, ids, now))


def subscriptions_by_account(database: Database, scope: Scope) -> ManyLoader[str, Sequence[LicenseSubscription]]:
    """Load what accounts have bought, newest first."""
    return lists_by_id(database, lambda connection, ids: licenses.subscriptions_by_account(connection, scope, ids))


def subscriptions_by_id(database: Database, scope: Scope) -> ManyLoader[str, LicenseSubscription | None]:
    """Load license subscriptions that are in sight."""
    return by_id(database, lambda connection, ids: licenses.subscriptions_by_id(connection, scope, ids))
