"""The parameters of a GraphQL-over-HTTP request, read from a body or from a query string."""

from collections.abc import Collection
from typing import Any, Final, cast
from urllib.parse import parse_qsl

from msgspec import Struct

from gateway.documents.limits import TOO_COMPLEX
from gateway.errors import refuse_request
from gateway.messages.json_text import read_json

_MAX_QUERY_FIELDS: Final = 16
# Lists, objects and what is in them: to coerce as many takes about a tenth of a second.
_MAX_VALUES: Final = 10_000


class Parameters(Struct, frozen=True):
    """What is to be run. `extensions` are checked for their shape and not read: the gateway has none."""

    query: str
    operation_name: str | None
    variables: dict[str, Any]


def read_body(body: bytes) -> Parameters:
    """Read the parameters from a JSON body. Raises RequestError."""
    if not body:
        raise refuse_request("The body is missing.")
    parsed = read_json(body, name="The body")
    if isinstance(parsed, list):
        raise refuse_request("Several operations in one request are not taken: send them one by one.")
    if not isinstance(parsed, dict):
        raise refuse_request("The body must be a JSON object.")
    return take_parameters(cast("dict[str, Any]", parsed))


def read_query_string(query_string: bytes) -> Parameters:
    """Read the parameters from the query string of a GET. Raises RequestError."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_QUERY_FIELDS
        )
    except ValueError:
        raise refuse_request("The query string cannot be read.") from None
    values: dict[str, Any] = dict(pairs)
    if len(values) < len(pairs):
        raise refuse_request("A parameter stands twice in the query string.")
    for name in ("variables", "extensions"):
        if name in values:
            text = values[name].encode()
            values[name] = read_json(text, name=f"The parameter {name}") if text else None
    values["operationName"] = values.get("operationName") or None
    return take_parameters(values)


def take_parameters(values: dict[str, Any]) -> Parameters:
    """Check the parameters that were read from anywhere. Raises RequestError."""
    query = values.get("query")
    operation_name = values.get("operationName")
    variables = values.get("variables")
    if not isinstance(query, str):
        raise refuse_request("The parameter query must be a string with a GraphQL document.")
    if operation_name is not None and not isinstance(operation_name, str):
        raise refuse_request("The parameter operationName must be a string.")
    if variables is not None and not isinstance(variables, dict):
        raise refuse_request("The parameter variables must be an object.")
    if not isinstance(values.get("extensions"), dict | None):
        raise refuse_request("The parameter extensions must be an object.")
    taken = cast("dict[str, Any]", variables or {})
    if _count_values(taken) > _MAX_VALUES:
        raise refuse_request(f"The variables may hold at most {_MAX_VALUES} values.", code=TOO_COMPLEX)
    return Parameters(query, operation_name, taken)


def _count_values(variables: dict[str, Any]) -> int:
    """Count what is in lists and objects, however deep."""
    count = 0
    waiting: list[Collection[Any]] = [variables.values()]
    while waiting:
        values = waiting.pop()
        count += len(values)
        waiting += [value for value in values if isinstance(value, list)]
        waiting += [cast("dict[str, Any]", value).values() for value in values if isinstance(value, dict)]
    return count
