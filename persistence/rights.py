"""What the role in DATABASE_URL has to be allowed in PostgreSQL, and what is told where it is not."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError

from persistence.failures import DatabaseUnavailable

TO_CONNECT: Final = "CONNECT and TEMPORARY on the database"
TO_USE_TABLES: Final = "SELECT, INSERT, UPDATE and DELETE on all tables, and USAGE on all sequences"
TO_MIGRATE: Final = "USAGE and CREATE in the schema, and let it own the tables in it"

_REFUSALS: Final = (
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidSchemaNameError,  # no schema is left that it may use
)


@contextmanager
def needs(right: str) -> Generator[None]:
    """Raise DatabaseUnavailable where the role may not do what the block does, and say what to grant it."""
    try:
        yield
    except (*_REFUSALS, DBAPIError) as error:
        refusal = error.driver_exception if isinstance(error, DBAPIError) else error
        if not isinstance(refusal, _REFUSALS):
            raise
        raise right_missing(refusal, right) from error


def right_missing(refusal: Exception, right: str) -> DatabaseUnavailable:
    """Say what to grant the role; the first line of the refusal names the object."""
    reason, *_ = str(refusal).splitlines()
    return DatabaseUnavailable(f"The role in DATABASE_URL lacks a right ({reason}): grant it {right}.")
