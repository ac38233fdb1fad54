"""A database that counts."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from persistence.database import Connection, Database
from persistence.lending import Lender


class CountingDatabase(Database):
    """The gateway's own database, with a list of the statements that were run on it."""

    records: list[Any]
    """Of the driver: the text, the arguments and more of each statement."""

    def __init__(self, lender: Lender, url: str, **options: Any) -> None:
        super().__init__(lender, url, **options)
        self.records = []

    @property
    def statements(self) -> list[str]:
        """Give the texts of the statements."""
        return [record.query for record in self.records]

    def connection(self) -> AbstractAsyncContextManager[Connection]:
        return self._counted()

    @asynccontextmanager
    async def _counted(self) -> AsyncGenerator[Connection]:
        async with super().connection() as connection:
            with connection.query_logger(self.records.append):
                yield connection
