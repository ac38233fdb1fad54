"""Reading what was done."""

from dataclasses import dataclass

from domain.accounts import Account
from domain.audit import AuditEvent, NewestFirst, SubjectKind
from domain.licenses import LicenseCount, LicenseSubscription
from domain.paging import Page, PageArguments, PageRequest, page_request
from domain.users import User
from loaders.audit import AuditPageKey
from resolvers.context import Context

Subject = Account | User | LicenseCount | LicenseSubscription


@dataclass(frozen=True, slots=True)
class AuditList:
    """A list of audit entries that was asked for and not read yet."""

    account_id: str
    order: NewestFirst
    request: PageRequest


def list_audit_events(context: Context, account: Account, page: PageArguments) -> AuditList:
    """Take the arguments of a list. Raises Forbidden for a plain user (P3) and BadUserInput (F5)."""
    _ = context.scope
    order = NewestFirst()
    return AuditList(account.id, order, page_request(order, page))


async def page_of_audit_events(context: Context, events: AuditList) -> Page[AuditEvent]:
    """Read the page of a list."""
    return await context.loaders.audit_pages.load(AuditPageKey(events.account_id, events.request))


async def actor_of_event(context: Context, event: AuditEvent) -> User | None:
    """Give who did it, unless that is nobody, gone, or out of sight as a partner is for an account admin (P4)."""
    return None if event.actor_id is None else await context.loaders.users.load(event.actor_id)


async def subject_of_event(context: Context, event: AuditEvent) -> Subject | None:
    """Give what it was done to, unless that is gone."""
    if event.subject_id is None:
        return None
    loaders = context.loaders
    match event.subject_kind:
        case SubjectKind.ACCOUNT:
            return await loaders.accounts.load(event.subject_id)
        case SubjectKind.USER:
            return await loaders.users.load(event.subject_id)
        case SubjectKind.LICENSE_COUNT:
            return await loaders.license_counts_by_id.load(event.subject_id)
        case SubjectKind.LICENSE_SUBSCRIPTION:
            return await loaders.license_subscriptions_by_id.load(event.subject_id)
        case None:
            return None
