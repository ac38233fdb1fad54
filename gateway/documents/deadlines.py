"""How long an operation may take."""

from msgspec import Struct

from gateway.documents.operations import Operation


class Deadlines(Struct, frozen=True):
    """Seconds after which an operation is cancelled. A bulk action may be for hundreds of thousands of users."""

    ordinary: float
    bulk: float

    def of(self, operation: Operation) -> float:
        """Give the seconds that an operation has."""
        return self.bulk if operation.is_bulk else self.ordinary
