"""`docs/errors.md` names every code that the gateway answers with, and every limit as the code has it."""

import ast
import re
from collections.abc import Iterator

from domain import paging, refusals, targets, text, user_filters
from gateway import errors
from gateway.documents import limits
from gateway.http import channel
from gateway.live import backlog
from gateway.messages import json_text, negotiation, parameters
from gateway.process import processes
from gateway.settings import PREFIX, Settings
from gateway.sockets import conversation, messages
from resolvers.live import watches
from schema import query
from tests.house.houses import ROOT, modules_in

PAGE = ROOT / "docs" / "errors.md"
CODE = re.compile(r"[A-Z]+(_[A-Z]+)+")

LIMITS = limits.Limits()
OF_DOCUMENTS = {
    "length of a document": LIMITS.length,
    "tokens of a document": LIMITS.tokens,
    "comments in a document": LIMITS.comments,
    "fragments of a document": LIMITS.fragments,
    "selections of a document, fragments spread": LIMITS.selections,
    "pairs of fields that give one place of the answer, of a document": LIMITS.repeats,
    "aliases in a document": LIMITS.aliases,
    "length of an alias": LIMITS.alias,
    "directives in a document": LIMITS.directives,
    "root fields of an operation": LIMITS.root_fields,
    "depth of fields": LIMITS.depth,
    "cost of an operation, which `extensions.cost` tells": LIMITS.cost,
    "errors that validation tells": LIMITS.errors,
}
CONSTANTS = OF_DOCUMENTS | {
    "head of a request": vars(channel)["_HEAD_BYTES"],
    "`Accept` and `Content-Type`": vars(negotiation)["_LONGEST_READ"],
    "parameters in a query string": vars(parameters)["_MAX_QUERY_FIELDS"],
    "depth of fields, fragments and inline fragments": vars(limits)["_MAX_NESTING"],
    "values in variables": vars(parameters)["_MAX_VALUES"],
    f"entries of a page; {paging.DEFAULT_PAGE_SIZE} where none is asked for": paging.MAX_PAGE_SIZE,
    "length of a cursor": paging.MAX_CURSOR_LENGTH,
    "length of a search": text.MAX_SEARCH_LENGTH,
    "depth of a filter": user_filters.MAX_FILTER_DEPTH,
    "conditions of a filter": user_filters.MAX_FILTER_CONDITIONS,
    "ids of `nodes`": query.MAX_NODES,
    "ids of a bulk action": targets.MAX_IDS,
    "accounts in sight of `licenseCounts` without `accountId`": watches.MOST_ACCOUNTS,
    "operations at once, of a socket": vars(conversation)["_MOST_OPERATIONS"],
    "message to a socket": processes.LONGEST_MESSAGE_BYTES,
    "id of an operation on a socket": vars(messages)["_LONGEST_ID"],
    "time until `connection_init`": vars(conversation)["_INIT_SECONDS"],
    "depth of JSON": vars(json_text)["_MAX_LEVELS"],
    "things that wait for a slow reader": vars(backlog)["_MOST_WAITING"],
}
SETTINGS = {
    "body of a request": "max_body_bytes",
    "time of an operation": "operation_deadline_seconds",
    "time of an operation with a bulk action": "bulk_deadline_seconds",
    "time of a statement in the database": "statement_timeout_seconds",
    "operations at once, of a process": "max_operations",
    "streams and sockets at once, of a process": "max_sockets",
    "streams and sockets at once, of a user in a process": "max_sockets_per_user",
    "time for which a reader may take nothing": "slow_reader_seconds",
}
PARTS_OF_SETTINGS = {
    "of these, operations for which nobody needs to be signed in": ("max_operations", "operations_of_strangers"),
    "sockets at once whose user is not let in yet, of a process": ("max_sockets", "lobby_places"),
}


def rows(chapter: str) -> list[list[str]]:
    """Take the table of a chapter apart."""
    lines = PAGE.read_text(encoding="utf-8").partition(f"\n## {chapter}\n")[2].partition("\n## ")[0].splitlines()
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return table[2:]


def answered_codes() -> Iterator[str]:
    """Give the codes of all refusals, and those that the gateway itself makes an error of."""
    named = {name: value for module in (errors, limits) for name, value in vars(module).items() if is_code(value)}
    yield from named.values()
    yield from [refusal.code for refusal in refusals.Refusal.__subclasses__()]
    for path in modules_in("gateway"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
                yield str(node.value.value)
            elif isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Name):
                yield named[node.value.id]


def is_code(value: object) -> bool:
    return isinstance(value, str) and CODE.fullmatch(value) is not None


def test_every_code_has_a_row():
    assert [code.strip("`") for code, *_ in rows("Codes")] == sorted(set(answered_codes()))


def test_every_limit_is_as_the_code_has_it():
    defaults = Settings.model_construct()
    settings = {name: (getattr(defaults, field), field) for name, field in SETTINGS.items()}
    settings |= {name: (getattr(defaults, part), field) for name, (field, part) in PARTS_OF_SETTINGS.items()}
    expected = {name: (f"{limit:,g}", "") for name, limit in CONSTANTS.items()} | {
        name: (f"{limit:,g}", f"`{PREFIX}{field.upper()}`") for name, (limit, field) in settings.items()
    }
    assert {name: (most.split(" ")[0], setting) for name, most, setting, _ in rows("Limits")} == expected


def test_every_limit_of_documents_is_told():
    assert sorted(OF_DOCUMENTS.values()) == sorted(getattr(LIMITS, field) for field in LIMITS.__struct_fields__)


def test_a_limit_leads_to_a_code_that_is_told():
    codes = {code for code, *_ in rows("Codes")} | {"`TOO_MANY_TARGETS`"}
    outcomes = [re.findall(r"`[A-Z_]+`", outcome) for *_, outcome in rows("Limits")]
    assert {code for found in outcomes for code in found if code != "`userErrors`"} <= codes
