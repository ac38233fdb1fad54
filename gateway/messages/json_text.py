"""JSON as clients send it, nested no deeper than what is made of it can be written again."""

from collections.abc import Collection
from typing import Any, Final, cast

import orjson

from gateway.errors import refuse_request

# Of lists and objects. orjson reads 1,024 of them, and writes 254.
_MAX_LEVELS: Final = 100


def read_json(text: bytes, *, name: str) -> object:
    """Read a JSON text, which has a name that begins a sentence. Raises RequestError."""
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise refuse_request(f"{name} is not JSON: {error.msg}.") from None
    # Counting is cheap, and most have too few of them to be deep.
    if text.count(b"[") + text.count(b"{") > _MAX_LEVELS and _is_too_deep(value):
        raise refuse_request(f"{name} is nested more than {_MAX_LEVELS} levels deep.")
    return value


def _is_too_deep(value: object) -> bool:
    """Look level by level, since a call for each would come to an end of its own."""
    level = [value]
    for _ in range(_MAX_LEVELS):
        level = [inner for outer in level for inner in _values_in(outer)]
        if not level:
            return False
    return any(isinstance(one, list | dict) for one in level)


def _values_in(value: object) -> Collection[Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value).values()
    return value if isinstance(value, list) else ()  # pyright: ignore[reportUnknownVariableType] - a list of what?
