"""A database that counts."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from persistence.database import Connection, Database


class CountingDatabase(Database):
    """The gateway's own database, with a list of the statements that were run on it."""

    statements: list[str]

    def __init__(self, pool: Any) -> None:
        super().__init__(pool)
        self.statements = []

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        return self._counted()

    @asynccontextmanager
    async def _counted(self) -> AsyncGenerator[Connection]:
        async with super().connection() as connection:
            with connection.query_logger(lambda record: self.statements.append(record.query)):
                yield connection
