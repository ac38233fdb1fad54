"""Putting made-up people into accounts, batch by batch."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Self, TypeAlias

from argon2 import PasswordHasher
from msgspec import Struct

from gateway.demo.assignments import Assignments
from gateway.demo.people import Employer, Person
from gateway.demo.purchases import PRODUCTS
from persistence import seeding
from persistence.copying import CopyConnection, CredentialRow, LicenseRow, SourceRecordRow, UserRow, copy_rows

BATCH = 5_000
"""People who are held in memory at once."""

PASSWORD = "demo-password-1"  # noqa: S105 - everybody is told
"""The password of all who are registered."""

LONGEST_RUN = timedelta(hours=1)
"""Licenses that end sooner are not assigned, lest they be gone before the transaction ends."""

Advance: TypeAlias = Callable[[int], None]
"""Called with how many more people are in."""

_Batch: TypeAlias = tuple[list[Person], list[LicenseRow]]


class Filling(Struct, frozen=True):
    """One transaction that fills accounts, and what these have in common."""

    connection: CopyConnection
    now: datetime
    product_ids: dict[str, str]
    password_hash: str
    advance: Advance

    @classmethod
    async def begin(cls, connection: CopyConnection, now: datetime, advance: Advance) -> Self:
        """Add the products that are missing, and hash the password, once for all."""
        product_ids = await seeding.add_products(connection, PRODUCTS.items())
        return cls(connection, now, product_ids, PasswordHasher().hash(PASSWORD), advance)

    async def fill(self, employer: Employer, people: Iterator[Person], chance: Random) -> None:
        """Add people to an account that is there, and assign what is left of its licenses to them."""
        available = await seeding.lock_available_licenses(self.connection, employer.id, self.now + LONGEST_RUN)
        wanted = [self.product_ids[code] for code in PRODUCTS]
        assignments = Assignments({id_: available[id_] for id_ in wanted if id_ in available})

        def take() -> _Batch:
            persons = list(islice(people, BATCH))
            return persons, [given for person in persons for given in assignments.give(chance, person.user, self.now)]

        batch = take()
        while batch[0]:
            # The next people are made up while the database is busy with these.
            _, following = await asyncio.gather(self._write(*batch), asyncio.to_thread(take))
            self.advance(len(batch[0]))
            batch = following

    async def _write(self, batch: list[Person], licenses: list[LicenseRow]) -> None:
        since = ((person.user.id, person.password_since) for person in batch)
        records = [person.source_record for person in batch if person.source_record is not None]
        credentials = [CredentialRow(user_id, self.password_hash, at) for user_id, at in since if at is not None]
        await copy_rows(self.connection, UserRow, [person.user for person in batch])
        await copy_rows(self.connection, CredentialRow, credentials)
        await copy_rows(self.connection, SourceRecordRow, records)
        await copy_rows(self.connection, LicenseRow, licenses)
