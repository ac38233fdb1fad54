"""Made-up people, the same ones for the same chance."""

from collections.abc import Iterator
from datetime import datetime
from random import Random
from typing import NamedTuple

from msgspec import Struct
from uuid_utils import uuid7

from domain.keys import user_keys
from domain.users import InactiveReason, Role, UserSource
from gateway.demo.addresses import Addresses
from gateway.demo.chances import happens
from gateway.demo.histories import History, history, registered_from_the_start
from gateway.demo.made_up_names import MadeUpName, make_up_name
from gateway.demo.source_records import source_record
from persistence.copying import SourceRecordRow, UserRow

SHARE_OF_SOURCES = {
    UserSource.CONSOLE: 6,
    UserSource.IMPORT: 4,
    UserSource.SCIM: 5,
    UserSource.PBX: 3,
    UserSource.MICLOUD_CONNECT: 2,
}
"""How many people of twenty come from each source where an account has them all."""


class Person(NamedTuple):
    """A made-up user; `password_since` is None where there is no password."""

    user: UserRow
    source_record: SourceRecordRow | None
    password_since: datetime | None


class Employer(Struct, frozen=True):
    """The account that people are made for."""

    id: str
    created_at: datetime
    sources: tuple[UserSource, ...] = tuple(UserSource)


class Named(NamedTuple):
    """Somebody whose name, address and role are not left to chance."""

    first_name: str
    last_name: str
    email: str
    role: Role


def people(chance: Random, employer: Employer, addresses: Addresses, now: datetime) -> Iterator[Person]:
    """Make up users of an account up to an instant, as many as are taken."""
    sources = [source for source in employer.sources for _ in range(SHARE_OF_SOURCES[source])]
    while True:
        name, source = make_up_name(chance), chance.choice(sources)
        past = history(chance, source, employer.created_at, now)
        user = _user(employer, name, addresses.give(chance, name.stem), source, past)
        is_admin = happens(chance, 0.03) and user.inactive_reason is not InactiveReason.ACCOUNT_REMOVED
        role = Role.ACCOUNT_ADMIN if is_admin else Role.USER
        user = user._replace(role=role, is_iot_connected=happens(chance, 0.06))
        yield Person(user, source_record(chance, user, now), past.registered_at)


def named_person(chance: Random, employer: Employer, named: Named, now: datetime) -> Person:
    """Make a registered user of the console who has been there from the start."""
    name = MadeUpName(None, named.first_name, named.last_name, stem="", mobile=None)
    past = registered_from_the_start(chance, employer.created_at, now)
    user = _user(employer, name, named.email, UserSource.CONSOLE, past)
    return Person(user._replace(role=named.role), None, past.registered_at)


def _user(employer: Employer, name: MadeUpName, email: str, source: UserSource, past: History) -> UserRow:
    """Put together a plain user."""
    given, first, last, _, mobile = name
    keys = user_keys(given_name=given, first_name=first, last_name=last, email=email)
    return UserRow(
        id=uuid7().hex,
        account_id=employer.id,
        given_name=given,
        first_name=first,
        last_name=last,
        email=email,
        mobile=mobile,
        role=Role.USER,
        source=source,
        is_iot_connected=False,
        **keys._asdict(),
        **past._asdict(),
    )
