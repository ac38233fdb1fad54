"""Asking for bulk actions, and reading what came of them."""

from typing import Any

from tests.accounts import FreshAccount
from tests.conftest import PARTNER, RunningGateway

OUTCOME = "outcome { matched changed unchanged skipped { reason count userIds } }"
ERRORS = "userErrors { __typename code message path ... on NotEnoughLicensesError { needed available shortfall } }"
COUNT = "licenseCount { id total assigned available revision }"
DEACTIVATED = "id status inactiveReason role licenses { product { id } }"
SELECTED = {
    "bulkAssignLicenses": f"{OUTCOME} {COUNT} users {{ id licenses {{ product {{ code }} }} }} {ERRORS}",
    "bulkUnassignLicenses": f"{OUTCOME} {COUNT} users {{ id licenses {{ product {{ code }} }} }} {ERRORS}",
    "bulkResetPasswords": f"{OUTCOME} mailing {{ id kind total pending }} {ERRORS}",
    "bulkSendWelcomeEmails": f"{OUTCOME} mailing {{ id kind total pending }} {ERRORS}",
    "deleteUsers": f"{OUTCOME} deletedUserIds deactivatedUsers {{ {DEACTIVATED} }} {ERRORS}",
}
ALL = {"all": True}


def mutation(name: str) -> str:
    kind = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {SELECTED[name]} }} }}"


async def extras(account: FreshAccount, action: str) -> dict[str, Any]:
    """Give what an action needs beside its target."""
    if "Licenses" in action:
        return {"productId": f"product_{await account.buy(quantity=1000)}"}
    return {"confirmation": "delete"} if action == "deleteUsers" else {}


def act(
    gateway: RunningGateway, account: FreshAccount, name: str, target: Any = ALL, *, who: str = PARTNER, **more: Any
) -> Any:
    """Ask for a bulk action, and give its payload."""
    given = {"accountId": account.node, "target": target} | more
    return gateway.data(mutation(name), {"input": given}, who=who)[name]


def ids(*user_ids: str) -> dict[str, list[str]]:
    """Name users by their ids in the database."""
    return {"ids": [f"user_{user_id}" for user_id in user_ids]}


def numbers(payload: Any) -> tuple[int, int, int, dict[str, int]]:
    """Give what a bulk action did: matched, changed, unchanged, and skipped by reason."""
    assert payload["userErrors"] == [], payload
    outcome = payload["outcome"]
    skipped = {entry["reason"]: entry["count"] for entry in outcome["skipped"]}
    assert outcome["matched"] == outcome["changed"] + outcome["unchanged"] + sum(skipped.values())  # T5
    return outcome["matched"], outcome["changed"], outcome["unchanged"], skipped


def refusals(payload: Any) -> list[tuple[str, str]]:
    """Give the codes and paths of what was refused as a whole."""
    assert payload["outcome"] is None
    return [(error["code"], ".".join(error["path"])) for error in payload["userErrors"]]
