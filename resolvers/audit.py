"""Reading what was done."""

import asyncio
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from domain.accounts import Account, AccountEntry
from domain.audit import AuditEvent, NewestFirst, SubjectKind
from domain.licenses import LicenseCount, LicenseSubscription
from domain.paging import Page, PageArguments, PageRequest, page_request
from domain.users import User
from loaders.audit import AuditPageKey
from loaders.batches import load_where_named
from loaders.many_loader import ManyLoader
from resolvers.context import Context

SubjectRecord = Account | User | LicenseCount | LicenseSubscription


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


async def subjects_of_events(context: Context, events: Sequence[AuditEvent]) -> Sequence[SubjectRecord | None]:
    """Give what each was done to, unless that is gone."""
    loaders = {
        SubjectKind.ACCOUNT: context.loaders.accounts,
        SubjectKind.USER: context.loaders.users,
        SubjectKind.LICENSE_COUNT: context.loaders.license_counts_by_id,
        SubjectKind.LICENSE_SUBSCRIPTION: context.loaders.license_subscriptions_by_id,
    }
    found = await asyncio.gather(*[_subjects_of(kind, loader, events) for kind, loader in loaders.items()])
    return [next((subject for subject in subjects if subject), None) for subjects in zip(*found, strict=True)]


async def _subjects_of(
    kind: SubjectKind, loader: ManyLoader[str, Any], events: Sequence[AuditEvent]
) -> Sequence[SubjectRecord | None]:
    """Give the subjects of one kind, each at the place of its entry."""
    return await load_where_named(
        loader, [event.subject_id if event.subject_kind is kind else None for event in events]
    )
