"""Reading what was done."""

import asyncio
from collections.abc import Awaitable, Sequence

from msgspec import Struct

from domain.accounts import Account, AccountEntry
from domain.audit import AuditEvent, NewestFirst, SubjectKind
from domain.licenses import LicenseCount, LicenseSubscription
from domain.paging import Page, PageArguments, PageRequest, page_request
from domain.users import User
from loaders.audit import AuditPageKey
from loaders.batches import load_where_named
from loaders.every import Loaders
from resolvers.context import Context

Subject = Account | User | LicenseCount | LicenseSubscription


class AuditList(Struct, frozen=True):
    """A list of audit entries that was asked for and not read yet."""

    account_id: str
    order: NewestFirst
    request: PageRequest


def list_audit_events(context: Context, account: AccountEntry, page: PageArguments) -> AuditList:
    """Take the arguments of a list. Raises Forbidden for a plain user (P3) and BadUserInput (F5)."""
    context.require_administrator()
    order = NewestFirst()
    return AuditList(account.id, order, page_request(order, page))


async def pages_of_audit_events(context: Context, lists: Sequence[AuditList]) -> Sequence[Page[AuditEvent]]:
    """Read the page of each of these lists."""
    return await context.loaders.audit_pages.load_many([AuditPageKey(one.account_id, one.request) for one in lists])


async def actors_of_events(context: Context, events: Sequence[AuditEvent]) -> Sequence[User | None]:
    """Give who did each, unless that is nobody, gone, or out of sight as a partner is for an account admin (P4)."""
    return await load_where_named(context.loaders.users, [event.actor_id for event in events])


async def subjects_of_events(context: Context, events: Sequence[AuditEvent]) -> Sequence[Subject | None]:
    """Give what each was done to, unless that is gone."""
    return await asyncio.gather(*[_load_subject(context.loaders, event) for event in events])


def _load_subject(loaders: Loaders, event: AuditEvent) -> Awaitable[Subject | None]:
    if event.subject_id is not None:
        match event.subject_kind:
            case SubjectKind.ACCOUNT:
                return loaders.accounts.load(event.subject_id)
            case SubjectKind.USER:
                return loaders.users.load(event.subject_id)
            case SubjectKind.LICENSE_COUNT:
                return loaders.license_counts_by_id.load(event.subject_id)
            case SubjectKind.LICENSE_SUBSCRIPTION:
                return loaders.license_subscriptions_by_id.load(event.subject_id)
            case None:
                pass
    return _nothing()


async def _nothing() -> None:
    return None
