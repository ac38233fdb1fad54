"""The targets of bulk actions (T1, T2, T3, T4, T5)."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.accounts import FreshAccount
from tests.bulk.actions import ALL, SELECTED, act, extras, ids, mutation, numbers, refusals
from tests.conftest import PARTNER, RunningGateway

ACTIONS = tuple(SELECTED)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("target", [{}, {"ids": []}, {"all": False}, {"all": None}, {"all": True, "ids": ["x"]}])
async def test_takes_exactly_one_way_to_name_users(
    gateway: RunningGateway, account: FreshAccount, action: str, target: Any
):  # T1
    more = await extras(account, action)
    before = await account.traces()
    given_ = {"accountId": account.node, "target": target} | more
    assert gateway.code(mutation(action), {"input": given_}) == "BAD_USER_INPUT"
    assert await account.traces() == before


@pytest.mark.parametrize("action", ACTIONS)
async def test_takes_a_thousand_ids_and_no_more(gateway: RunningGateway, account: FreshAccount, action: str):  # T1
    more = await extras(account, action)
    user = await account.add_user()
    before = await account.traces()
    for form in ("user_{:032x}", "account_{:032x}", "nobody-{}"):
        given_ids = [form.format(place) for place in range(1001)]
        payload = act(gateway, account, action, {"ids": given_ids}, **more)
        assert refusals(payload) == [("TOO_MANY_TARGETS", "target.ids")]
    assert await account.traces() == before
    repeated = {"ids": [f"user_{user}"] * 1001}
    assert numbers(act(gateway, account, action, repeated, dryRun=True, **more))[0] == 1


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_id_of_nobody_refuses_all(
    gateway: RunningGateway, account: FreshAccount, open_fresh: Any, action: str
):  # T2
    more = await extras(account, action)
    own, stranger = await account.add_user(), await (await open_fresh()).add_user()
    before = await account.traces()
    payload = act(gateway, account, action, ids(own, stranger), **more)
    assert refusals(payload) == [("NOT_FOUND", "target.ids.1")]
    payload = act(gateway, account, action, ids(own, own, own, stranger, stranger), **more)
    assert refusals(payload) == [("NOT_FOUND", "target.ids.3")]
    assert await account.traces() == before


@pytest.mark.parametrize("action", ACTIONS)
async def test_another_number_than_expected_refuses_all(
    gateway: RunningGateway, account: FreshAccount, action: str
):  # T3
    more = await extras(account, action)
    await account.add_user()
    before = await account.traces()
    payload = act(gateway, account, action, expectedCount=5, **more)
    assert refusals(payload) == [("COUNT_CHANGED", "expectedCount")]
    assert "2 user(s)" in payload["userErrors"][0]["message"]
    assert await account.traces() == before
    assert numbers(act(gateway, account, action, expectedCount=2, dryRun=True, **more))[0] == 2


@pytest.mark.parametrize("action", ACTIONS)
async def test_names_the_users_of_a_search_and_filter(
    gateway: RunningGateway, account: FreshAccount, action: str
):  # M4, F6
    more = await extras(account, action)
    for name, status in (("Zoë One", "REGISTERED"), ("Zoe Two", "UNREGISTERED"), ("Ann Zoe", "REGISTERED")):
        await account.add_user(name, status=status)
    target = {"matching": {"search": "zoe", "filter": {"property": "REGISTERED"}}}
    assert numbers(act(gateway, account, action, target, dryRun=True, **more))[0] == 2


async def test_an_instant_of_a_filter_is_written_down_as_it_is_told(gateway: RunningGateway, account: FreshAccount):
    """O2."""
    await account.add_user(status="UNREGISTERED")
    target = {"matching": {"filter": {"createdAfter": "2000-01-31T13:00:00+01:00"}}}
    assert numbers(act(gateway, account, "bulkSendWelcomeEmails", target))[1] == 1
    query = "query ($account: ID!) { account(id: $account) { auditEvents(first: 1) { nodes { changes } } } }"
    (entry,) = gateway.data(query, {"account": account.node})["account"]["auditEvents"]["nodes"]
    assert "2000-01-31T12:00:00Z" in json.dumps(entry["changes"])


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_filter_too_deep_is_refused(gateway: RunningGateway, account: FreshAccount, action: str):  # F2
    more = await extras(account, action)
    nested: dict[str, Any] = {"property": "REGISTERED"}
    for _ in range(6):
        nested = {"not": nested}
    given_ = {"accountId": account.node, "target": {"matching": {"filter": nested}}} | more
    assert gateway.code(mutation(action), {"input": given_}) == "BAD_USER_INPUT"


@pytest.mark.parametrize("filters", [[{}] * 51, [{"not": {"not": {}}}] * 51, [{"or": []}] * 51])
def test_empty_filters_are_conditions_too(gateway: RunningGateway, filters: list[Any]):  # F2
    query = "query ($filter: UserFilter) { users(filter: $filter) { totalCount } }"
    assert gateway.code(query, {"filter": {"or": filters}}) == "BAD_USER_INPUT"
    assert gateway.data(query, {"filter": {"or": filters[:50]}})["users"]["totalCount"] > 0


@pytest.mark.parametrize("accent", ["\u0301", "\u00b4", " \u0301 \u0302 "])
async def test_an_accent_alone_finds_nobody(gateway: RunningGateway, account: FreshAccount, accent: str):  # F3
    await account.add_user("Jos\u00e9")
    given_ = {"accountId": account.node, "target": {"matching": {"search": accent}}, "confirmation": "delete"}
    assert gateway.data(mutation("deleteUsers"), {"input": given_})["deleteUsers"]["outcome"]["matched"] == 0


KINDS = st.sampled_from(
    [
        {"status": "REGISTERED"},
        {"status": "UNREGISTERED"},
        {"status": "REGISTERED", "role": "ACCOUNT_ADMIN"},
        {"status": "UNREGISTERED", "source": "SCIM"},
        {"status": "REGISTERED", "source": "PBX"},
        {"status": "REGISTERED", "source": "MICLOUD_CONNECT"},
        {"status": "INACTIVE", "inactive_reason": "DEACTIVATED_BY_SOURCE", "source": "SCIM"},
        {"status": "INACTIVE", "inactive_reason": "ACCOUNT_REMOVED", "source": "PBX"},
    ]
)
PEOPLE = st.lists(st.tuples(KINDS, st.booleans(), st.booleans()), min_size=1, max_size=8)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    people=PEOPLE,
    action=st.sampled_from(ACTIONS),
    by=st.sampled_from(["ids", "all"]),
    left=st.integers(0, 8),
    who=st.sampled_from(["admin", "partner"]),
)
async def test_a_dry_run_answers_as_the_real_one_and_changes_nothing(
    gateway: RunningGateway, open_fresh: Any, people: Any, action: str, by: str, left: int, who: str
):  # T4, T5
    account = await open_fresh()
    made = [(await account.add_user(**columns), chosen, has) for columns, chosen, has in people]
    more = {"confirmation": "delete"} if action == "deleteUsers" else {}
    holders = [user for user, _, has in made if has]
    if holders or "Licenses" in action:
        product = await account.buy(quantity=len(holders) + left + 1)
        await account.give(product, *holders)
        if "Licenses" in action:
            more = {"productId": f"product_{product}"}
    chosen = [user for user, is_chosen, _ in made if is_chosen]
    target = ids(*chosen) if by == "ids" and chosen else ALL
    viewer = account.admin if who == "admin" else PARTNER
    before = await account.traces()
    dry = act(gateway, account, action, target, who=viewer, dryRun=True, **more)
    assert await account.traces() == before
    real = act(gateway, account, action, target, who=viewer, **more)
    dry["mailing"] = real["mailing"] = None  # the mails of a dry run are never promised
    assert dry == real
    if real["userErrors"]:
        assert await account.traces() == before
    else:
        changed = numbers(real)[1]
        audit = await account.value("SELECT count(*) FROM audit_events WHERE account_id = $1")
        assert audit == bool(changed) + (changed if action == "deleteUsers" else 0)  # O1, O2
    rows = await account.value("SELECT count(*) FROM licenses WHERE account_id = $1")
    assert rows == (await account.value("SELECT sum(assigned) FROM license_counts WHERE account_id = $1") or 0)
