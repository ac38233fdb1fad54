"""Ids as clients see them: opaque, and unique over every type."""

from enum import StrEnum

from msgspec import Struct

from domain.paging import ID_LENGTH

NO_ID = "0" * ID_LENGTH
"""An id that nothing has."""

_DIGITS = frozenset("0123456789abcdef")


class NodeKind(StrEnum):
    """The types that have ids; the value is what their ids begin with."""

    ACCOUNT = "account"
    USER = "user"
    PRODUCT = "product"
    LICENSE_COUNT = "count"
    LICENSE_SUBSCRIPTION = "subscription"
    AUDIT_EVENT = "audit"
    MAILING = "mailing"


class NodeId(Struct, frozen=True):
    """What an id says."""

    kind: NodeKind
    id: str


_KINDS = {kind.value: kind for kind in NodeKind}


def read_node_id(text: str) -> NodeId | None:
    """Read an id that a client gave; None where it is malformed, which is the same as not found (P4)."""
    prefix, _, digits = text.partition("_")
    kind = _KINDS.get(prefix)
    if kind is None or len(digits) != ID_LENGTH or not _DIGITS.issuperset(digits):
        return None
    return NodeId(kind, digits)


def read_id(kind: NodeKind, text: str) -> str:
    """Read an id of one kind; NO_ID where it is malformed or of another kind, which is the same as not found (P4)."""
    named = read_node_id(text)
    return named.id if named is not None and named.kind is kind else NO_ID


def write_id(kind: NodeKind, row_id: str) -> str:
    """Give the id that clients see."""
    return f"{kind}_{row_id}"
