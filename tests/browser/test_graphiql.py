"""GraphiQL as a person meets it, with every other host out of reach."""

import json
import re
from typing import Any

from playwright.async_api import Page, Response, Route, expect

from tests.browser.tabs import Tab
from tests.house.houses import ROOT


async def open_graphiql(page: Page, address: str = "") -> None:
    await page.goto(f"{address}/")
    await expect(page.get_by_label("Operation Editor")).to_contain_text("query")


def is_answer(response: Response) -> bool:
    """Tell it from a refusal, and from the answer to the introspection that the page begins with."""
    introspects = "IntrospectionQuery" in (response.request.post_data or "")
    return response.url.endswith("/graphql") and response.ok and not introspects


async def run(page: Page) -> dict[str, Any]:
    """Click the run button, and return the first answer that is no refusal."""
    async with page.expect_response(is_answer) as answered:
        await page.get_by_role("button", name="Execute query").click()
    answer: dict[str, Any] = json.loads(await (await answered.value).body())
    return answer


async def until_noticed(page: Page, text: str) -> None:
    """Wait until GraphiQL has read what now stands in the editor, which it does when nothing has changed for 0.1 s."""
    await page.wait_for_function("text => localStorage.getItem('graphiql:query')?.includes(text)", arg=text)


async def test_runs_the_first_example_at_the_first_click(tab: Tab) -> None:
    await open_graphiql(tab.page)

    answer = await run(tab.page)

    assert "errors" not in answer
    (account,) = answer["data"]["accounts"]["nodes"]
    assert account["number"] == "2001"
    users = account["users"]["nodes"]
    assert len(users) == 20
    await expect(tab.page.get_by_label("Result Window")).to_contain_text(users[0]["email"])
    assert tab.other_hosts == []
    assert tab.complaints == []


async def test_runs_every_example(tab: Tab) -> None:
    await open_graphiql(tab.page)
    examples = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "gateway/graphiql/examples").iterdir())]
    queries = [name for example in examples for name in re.findall(r"^query (\w+)", example, re.MULTILINE)]
    assert len(queries) == len(examples) - 2  # a subscription and a mutation have tests of their own
    for name in queries[1:]:
        await tab.page.get_by_role("tab", name=name, exact=True).click()
        await until_noticed(tab.page, f"query {name}")

        answer = await run(tab.page)

        assert "errors" not in answer, name
    assert tab.other_hosts == []
    assert tab.complaints == []


async def test_says_why_it_cannot_begin(tab: Tab) -> None:
    async def refuse(route: Route) -> None:
        await route.fulfill(status=503)

    await tab.page.route("**/graphiql/settings.json", refuse)
    await tab.page.goto("/")

    await expect(tab.page.locator("#graphiql")).to_contain_text("/graphiql/settings.json answered 503")
    (complaint,) = tab.complaints
    assert "a status of 503" in complaint, "Chromium's own: nothing is raised that nobody catches"


async def test_shows_the_manual_of_the_schema(tab: Tab) -> None:
    await open_graphiql(tab.page)

    await tab.page.get_by_role("button", name="Show Documentation Explorer").click()

    explorer = tab.page.get_by_role("region", name="Documentation Explorer")
    await explorer.get_by_text("Query", exact=True).click()
    await expect(explorer.get_by_role("link", name="products")).to_be_visible()
    assert tab.complaints == []


async def test_renews_the_token_of_the_demo_when_it_has_run_out(tab: Tab) -> None:
    stale = ["stale"]

    async def hand_out_a_stale_token_once(route: Route) -> None:
        answer = await route.fetch()
        settings = await answer.json()
        await route.fulfill(response=answer, json=settings | {"demoToken": stale.pop()} if stale else settings)

    await tab.page.route("**/graphiql/settings.json", hand_out_a_stale_token_once)
    await open_graphiql(tab.page)

    answer = await run(tab.page)

    assert "errors" not in answer
    assert answer["data"]["accounts"]["nodes"]
    assert stale == []
