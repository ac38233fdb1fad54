"""Whether two servers answer alike: the same values, whatever the order of keys, and however ids are written."""

import re
from datetime import UTC, datetime
from typing import Any

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_ID = re.compile(r"(?:[a-z]+_)?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})")
_NO_DIFFERENCE = ""


def normal(value: Any) -> Any:
    """Give an answer in its normal form. A cursor is opaque: what counts is whether there is one."""
    if isinstance(value, dict):
        return {key: normal(one) if key != "endCursor" else one is not None for key, one in value.items()}
    if isinstance(value, list):
        return [normal(one) for one in value]
    if isinstance(value, str) and _INSTANT.match(value):
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(value, str) and (written := _ID.fullmatch(value)):
        return "".join(written.groups())
    return value


def difference(ours: Any, theirs: Any, path: str = "data") -> str:
    """Tell the first place where two answers in normal form differ; the empty text where they do not."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if ours.keys() != theirs.keys():
            return f"{path} has {sorted(theirs)} and not {sorted(ours)}"
        pairs = [(f"{path}.{key}", ours[key], theirs[key]) for key in ours]
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f"{path} has {len(theirs)} entries and not {len(ours)}"
        pairs = [(f"{path}[{place}]", *pair) for place, pair in enumerate(zip(ours, theirs, strict=True))]
    else:
        return _NO_DIFFERENCE if ours == theirs else f"{path} is {theirs!r} and not {ours!r}"
    return next((found for where, one, other in pairs if (found := difference(one, other, where))), _NO_DIFFERENCE)
