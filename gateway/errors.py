"""What an error looks like to its receiver, and through which door it goes.

RequestError          a request that is not taken: no data, a code, and a status of HTTP
Refusal               raised by a resolver: an error at its field, with the refusal's own code
DatabaseUnavailable   nobody's fault here: a code that says to try again, and a line in the log
StatementTimeout      a statement took longer than it may: the code of a deadline, and a line in the log
anything else         a fault of ours: one sentence and the request id; the log has the traceback, once
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

import structlog
from graphql import ExecutionResult, GraphQLError

from domain.refusals import BadUserInput, Refusal, Unauthenticated
from gateway.metrics import count_fault
from persistence.failures import ChangeRefused, ConnectionLost, DatabaseUnavailable, StatementTimeout

FormattedError: TypeAlias = dict[str, Any]

PARSE_FAILED: Final = "GRAPHQL_PARSE_FAILED"
VALIDATION_FAILED: Final = "GRAPHQL_VALIDATION_FAILED"
BAD_REQUEST: Final = "BAD_REQUEST"
INTERNAL: Final = "INTERNAL_SERVER_ERROR"
UNAVAILABLE: Final = "SERVICE_UNAVAILABLE"
OVERDUE: Final = "DEADLINE_EXCEEDED"

# Seconds: a server restarts, or another one takes over, in a few.
_RETRY_AFTER: Final = (b"retry-after", b"2")

_AWAY: Final = "The database does not answer at the moment."
_REFUSED: Final = "The database cannot do this at the moment."
_LOST: Final = "The connection to the database was lost, and a change may have been made or not."

# Which variable or argument it is about, and the path into it.
_PLACE: Final = re.compile(r"[^:]* has invalid value[^:]*: ")
# A text that stands in the document where it should not.
_TEXT: Final = re.compile(r"(?:Block)?String (['\"]).*\1", re.DOTALL)
# Behind a comma, a semicolon, a suggestion, or what a scalar says of it.
_VALUE: Final = re.compile(r"[,;] found: | Found: |(?<=value): ")

_log: Final = structlog.get_logger("gateway.faults")


class RequestError(Exception):
    """A request that is refused before anything of it ran.

    `well_formed` says that the request itself was fine and only its document or variables were not: an answer of
    the type application/json then has status 200 (GraphQL over HTTP, Appendix A). `extensions` are the response's.
    """

    def __init__(
        self,
        errors: Sequence[FormattedError],
        *,
        status: int = 400,
        well_formed: bool = False,
        headers: Sequence[tuple[bytes, bytes]] = (),
        extensions: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors
        self.status = status
        self.well_formed = well_formed
        self.headers = headers
        self.extensions = extensions


def refuse_request(
    message: str, *, code: str = BAD_REQUEST, status: int = 400, headers: Sequence[tuple[bytes, bytes]] = ()
) -> RequestError:
    """Make the refusal of a request that cannot be taken as it came."""
    return RequestError([_formatted(message, code)], status=status, headers=headers)


def refuse_document(message: str, *, code: str = VALIDATION_FAILED) -> RequestError:
    """Make the refusal of a well-formed request for what its document asks."""
    return RequestError([_formatted(message, code)], well_formed=True)


def refuse_errors(errors: Iterable[GraphQLError], *, code: str) -> RequestError:
    """Make the refusal of a well-formed request for errors that graphql-core found, with their locations."""
    formatted = [{**error.formatted, **_formatted(_without_values(error.message), code)} for error in errors]
    return RequestError(formatted, well_formed=True)


def refuse_unauthenticated(refusal: Unauthenticated) -> RequestError:
    """Make the refusal of a request that needs somebody signed in (RFC 6750, section 3)."""
    errors = [_formatted(refusal.message, refusal.code)]
    return RequestError(errors, status=401, headers=[(b"www-authenticate", b"Bearer")])


def too_slow(seconds: float) -> RequestError:
    """Make the refusal of an operation that came to its deadline."""
    message = f"The operation took longer than {seconds:g} s and was stopped."
    return refuse_request(message, code=OVERDUE, status=504)


def refuse_for_refusal(refusal: Refusal) -> RequestError:
    """Make the refusal of a request as a whole for what its one field refused."""
    return RequestError([_formatted(refusal.message, refusal.code)], well_formed=True)


def refuse_for_fault(fault: BaseException, request_id: str) -> RequestError:
    """Log a fault of ours that ended a request and make the one sentence that its sender gets."""
    return _refuse_masked(_masked(fault, request_id))


def refuse_without_data(errors: Sequence[FormattedError]) -> RequestError | None:
    """Make the refusal of a request of which nothing was left for want of the database; None for other errors."""
    for error in errors:
        if error["extensions"]["code"] == UNAVAILABLE:
            return _refuse_masked({name: error[name] for name in ("message", "extensions")})
    return None


def _refuse_masked(error: FormattedError) -> RequestError:
    code = error["extensions"]["code"]
    if code == UNAVAILABLE:
        return RequestError([error], status=503, headers=[_RETRY_AFTER])
    return RequestError([error], status=504 if code == OVERDUE else 500)


def log_fault(fault: BaseException, request_id: str) -> None:
    """Log and count a fault of ours, or that the database was away or too slow."""
    if isinstance(fault, DatabaseUnavailable):
        count_fault("database_unavailable")
        _log.warning("database unavailable", request_id=request_id, reason=str(fault))
    elif isinstance(fault, StatementTimeout):
        count_fault("statement_timeout")
        _log.warning("statement given up", request_id=request_id, exc_info=fault)
    else:
        count_fault("fault")
        _log.error("fault", request_id=request_id, exc_info=fault)


def format_field_errors(errors: Iterable[GraphQLError], request_id: str) -> list[FormattedError]:
    """Format what went wrong while an operation ran. A fault that hit many fields is logged once."""
    masked: dict[object, FormattedError] = {}
    return [_format_field_error(error, request_id, masked) for error in errors]


def answer_of(result: ExecutionResult, request_id: str, extensions: dict[str, Any] | None = None) -> dict[str, Any]:
    """Put together the answer to an operation that ran, with what went wrong meanwhile."""
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = format_field_errors(result.errors, request_id)
    if extensions is not None:
        answer["extensions"] = extensions
    return answer


def _format_field_error(error: GraphQLError, request_id: str, masked: dict[object, FormattedError]) -> FormattedError:
    cause = cause_of(error)
    if isinstance(cause, Refusal):
        shown = _formatted(cause.message, cause.code)
    elif isinstance(cause, GraphQLError) and cause.nodes:
        # It points into the document: an argument or a directive that this operation's variables made unfit.
        shown = _formatted(_without_values(cause.message), BadUserInput.code)
    else:
        same = DatabaseUnavailable if isinstance(cause, DatabaseUnavailable) else id(cause)
        shown = masked.get(same) or masked.setdefault(same, _masked(cause, request_id))
    return {**error.formatted, **shown}


def _without_values(message: str) -> str:
    """Cut off the value that was given, with which graphql-core ends what it says: it may be a password (M5).

    Where it cannot read a document it names a text that stands in the wrong place.
    """
    message = _TEXT.sub("String", message)
    place = _PLACE.match(message)
    value = _VALUE.search(message, place.end() if place else 0)
    if value is None:
        return message.replace("not to be None.", "not to be null.")
    rest = message[: value.start()]
    return rest if rest.endswith("?") else f"{rest}."


def cause_of(error: GraphQLError) -> Exception:
    """Give what was raised in the first place: graphql-core wraps it to add path and location."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _masked(fault: BaseException, request_id: str) -> FormattedError:
    log_fault(fault, request_id)
    if isinstance(fault, DatabaseUnavailable):
        return _formatted(f"{_told(fault)} Try again in a few seconds.", UNAVAILABLE)
    if isinstance(fault, StatementTimeout):
        return _formatted("The database took too long over this, and gave it up.", OVERDUE)
    return _formatted(f"Something went wrong on our side. Quote request id {request_id} when you report it.", INTERNAL)


def _told(state: DatabaseUnavailable) -> str:
    if isinstance(state, ConnectionLost):
        return _LOST
    return _REFUSED if isinstance(state, ChangeRefused) else _AWAY


def _formatted(message: str, code: str) -> FormattedError:
    return {"message": message, "extensions": {"code": code}}
