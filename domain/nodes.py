"""Ids as clients see them: opaque, and unique over every type."""

import re
from enum import StrEnum

from msgspec import Struct

ID_LENGTH = 32
"""Hex digits of an id."""

NO_ID = "0" * ID_LENGTH
"""An id that nothing has."""


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
_FORMS = {kind: re.compile(f"{kind}_([0-9a-f]{{{ID_LENGTH}}})") for kind in NodeKind}


def read_node_id(text: str) -> NodeId | None:
    """Read an id that a client gave; None where it is malformed, which is the same as not found (P4)."""
    kind = _KINDS.get(text.partition("_")[0])
    if kind is None or (row_id := read_id(kind, text)) == NO_ID:
        return None
    return NodeId(kind, row_id)


def read_id(kind: NodeKind, text: str) -> str:
    """Read an id of one kind; NO_ID where it is malformed or of another kind, which is the same as not found (P4)."""
    read = _FORMS[kind].fullmatch(text)
    return NO_ID if read is None else read[1]


def write_id(kind: NodeKind, row_id: str) -> str:
    """Give the id that clients see."""
    return f"{kind}_{row_id}"
