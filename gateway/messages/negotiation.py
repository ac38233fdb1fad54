"""Which media type an answer takes, and which a request may have (RFC 9110, section 12.5.1)."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeVar

from msgspec import Struct

Answer = TypeVar("Answer")

_LONGEST_KEPT: Final = 200
# To read an entry takes time. A longer header counts as absent, as one may that cannot be met (RFC 9110, 12.5.1).
_LONGEST_READ: Final = 2_000


class MediaType(Struct, frozen=True):
    """A type that answers can have, and the header that says so.

    `tells_by_status`: the status says how the request went. Without it, 200 only says that the answer is from a
    GraphQL server, and a client reads the rest in the body (GraphQL over HTTP, Appendix A).
    """

    name: str
    content_type: bytes
    tells_by_status: bool


JSON: Final = MediaType("application/json", b"application/json; charset=utf-8", tells_by_status=False)
GRAPHQL_RESPONSE: Final = MediaType(
    "application/graphql-response+json", b"application/graphql-response+json; charset=utf-8", tells_by_status=True
)

EVENT_STREAM: Final = "text/event-stream"

# A tie goes to the first: clients that take anything are the ones that know application/json only.
_OFFERED: Final = (JSON, GRAPHQL_RESPONSE)


class _Range(Struct, frozen=True):
    """One entry of an Accept header: what it matches, how much it is wanted, and where it stood."""

    pattern: str
    quality: float
    position: int


def _remembered(read: Callable[[bytes], Answer]) -> Callable[[bytes], Answer]:
    """Keep what is found out about headers, but not about long ones, which would take all memory, or all time."""
    kept = lru_cache(maxsize=256)(read)

    def remembered(header: bytes) -> Answer:
        if len(header) <= _LONGEST_KEPT:
            return kept(header)
        return read(header) if len(header) <= _LONGEST_READ else kept(b"")

    return remembered


@_remembered
def negotiate(accept: bytes) -> MediaType | None:
    """Choose the type of the answer from an Accept header, empty for none; None when we have nothing acceptable.

    The most specific range that matches a type decides its quality. The highest quality wins, then what stood first.
    """
    if not accept.strip():
        return JSON
    best = _best(_ranges(accept.decode("latin-1")))
    return None if best is None else best[0]


@_remembered
def wants_events(accept: bytes) -> bool:
    """Tell whether an Accept header names server-sent events, and nothing else of ours that is wanted more."""
    ranges = _ranges(accept.decode("latin-1"))
    named = [one for one in ranges if one.pattern == EVENT_STREAM and one.quality > 0]
    best = _best(ranges)
    return bool(named) and (best is None or min(map(_rank, named)) < _rank(best[1]))


@_remembered
def is_json(content_type: bytes) -> bool:
    """Tell whether a Content-Type header says application/json in UTF-8, named or not."""
    name, parameters = _split(content_type.decode("latin-1"))
    return name == JSON.name and parameters.get("charset", "utf-8") == "utf-8"


def _best(ranges: list[_Range]) -> tuple[MediaType, _Range] | None:
    candidates = [(media_type, wanted) for media_type in _OFFERED if (wanted := _match(media_type, ranges))]
    candidates = [(media_type, wanted) for media_type, wanted in candidates if wanted.quality > 0]
    return min(candidates, key=lambda candidate: _rank(candidate[1]), default=None)


def _rank(wanted: _Range) -> tuple[float, int]:
    return -wanted.quality, wanted.position


def _match(media_type: MediaType, ranges: list[_Range]) -> _Range | None:
    for pattern in (media_type.name, "application/*", "*/*"):
        for candidate in ranges:
            if candidate.pattern == pattern:
                return candidate
    return None


def _ranges(accept: str) -> list[_Range]:
    """Read the entries that can be read; one that is malformed or wants another charset is as good as absent."""
    ranges: list[_Range] = []
    for position, entry in enumerate(accept.split(",")):
        pattern, parameters = _split(entry)
        quality = _quality(parameters.get("q", "1"))
        if quality is not None and parameters.get("charset", "utf-8") == "utf-8":
            ranges.append(_Range(pattern, quality, position))
    return ranges


def _split(value: str) -> tuple[str, dict[str, str]]:
    """Part a media type from its parameters, all in lower case."""
    name, *rest = value.lower().split(";")
    pairs = (parameter.partition("=") for parameter in rest)
    return name.strip(), {key.strip(): text.strip().strip('"') for key, _, text in pairs}


def _quality(text: str) -> float | None:
    try:
        quality = float(text)
    except ValueError:
        return None
    return quality if 0 <= quality <= 1 else None
