"""Every loader of one operation, each made when it is first asked for."""

from collections.abc import Mapping, Sequence

from domain.accounts import Account, AccountEntry
from domain.audit import AuditEvent
from domain.licenses import LicenseCount, LicensedUser, LicenseSubscription
from domain.mailings import Mailing
from domain.paging import Page
from domain.products import Product
from domain.user_filters import UserProperty
from domain.users import SourceRecord, User
from domain.viewers import Scope
from loaders import accounts, audit, licenses, mailings, products, users
from loaders.accounts import AccountPageKey
from loaders.audit import AuditPageKey
from loaders.many_loader import ManyLoader
from loaders.once import once
from loaders.sharing import SharedReads
from loaders.users import PageKey, TotalKey
from persistence.database import Readable


class Loaders:
    """Loads what is in a scope. With licenses, users are read with theirs, in the same statement."""

    def __init__(self, source: Readable, reads: SharedReads, scope: Scope, *, with_licenses: bool) -> None:
        self._source = source
        self._reads = reads
        self._scope = scope
        self._with_licenses = with_licenses

    @once
    def accounts(self) -> ManyLoader[str, Account | None]:
        """Accounts by id."""
        return accounts.accounts_by_id(self._reads, self._scope)

    @once
    def users(self) -> ManyLoader[str, User | None]:
        """Users by id."""
        return self.licensed_users if self._with_licenses else users.users_by_id(self._reads, self._scope)

    @once
    def licensed_users(self) -> ManyLoader[str, LicensedUser | None]:
        """Users with their licenses by id."""
        return users.licensed_users(self._reads, self._scope)

    @once
    def source_records(self) -> ManyLoader[str, SourceRecord | None]:
        """Source records by user id."""
        return users.source_records(self._reads, self._scope)

    @once
    def user_pages(self) -> ManyLoader[PageKey, Page[User]]:
        """Pages of users."""
        return users.user_pages(self._source, self._scope, with_licenses=self._with_licenses)

    @once
    def user_totals(self) -> ManyLoader[TotalKey, int]:
        """Numbers of users."""
        return users.user_totals(self._source, self._scope)

    @once
    def user_properties(self) -> ManyLoader[TotalKey, Mapping[UserProperty, int]]:
        """Numbers of users by property."""
        return users.user_properties(self._source, self._scope)

    @once
    def user_products(self) -> ManyLoader[TotalKey, Sequence[tuple[Product, int]]]:
        """Numbers of users by product."""
        return users.user_products(self._source, self._scope)

    @once
    def license_counts(self) -> ManyLoader[str, Sequence[LicenseCount]]:
        """License counts by account id."""
        return licenses.counts_by_account(self._reads, self._scope)

    @once
    def license_counts_by_id(self) -> ManyLoader[str, LicenseCount | None]:
        """License counts by their own id."""
        return licenses.counts_by_id(self._reads, self._scope)

    @once
    def license_subscriptions(self) -> ManyLoader[str, Sequence[LicenseSubscription]]:
        """License subscriptions by account id."""
        return licenses.subscriptions_by_account(self._reads, self._scope)

    @once
    def license_subscriptions_by_id(self) -> ManyLoader[str, LicenseSubscription | None]:
        """License subscriptions by their own id."""
        return licenses.subscriptions_by_id(self._reads, self._scope)

    @once
    def products(self) -> ManyLoader[str, Product | None]:
        """Products by id."""
        return products.products_by_id(self._reads, self._scope)

    @once
    def audit_events(self) -> ManyLoader[str, AuditEvent | None]:
        """Audit entries by id."""
        return audit.events_by_id(self._reads, self._scope)

    @once
    def account_pages(self) -> ManyLoader[AccountPageKey, Page[AccountEntry]]:
        """Pages of accounts."""
        return accounts.pages_of_accounts(self._source, self._scope)

    @once
    def audit_pages(self) -> ManyLoader[AuditPageKey, Page[AuditEvent]]:
        """Pages of audit entries."""
        return audit.pages_of_events(self._source, self._scope)

    @once
    def mailings(self) -> ManyLoader[str, Mailing | None]:
        """Mailings by id."""
        return mailings.mailings_by_id(self._reads, self._scope)
